"""Whether a message tells a value, however people write it: "$1,299.00", "June 18, 2025", "9:30 PM".

Always on token bounds: "10" is told neither by "100" nor by "10:30", "10.5" or "ORD-10".
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentgym.types import Json

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_COUNTS = ("zero", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER = re.compile(
    r"(?:(?<![\w.,:/-])|(?<=[$€£¥]))([-\u2212]?)(?:[$€£¥]\s?)?(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w:/]|[-.,]\w)"
)
_WORD = re.compile(r"(?<![\w-])[a-z]{3,6}(?![\w-])", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?")
_MOMENT = re.compile(rf"{_DATE.pattern}[T ]{_TIME.pattern}(?:Z|[+-]\d\d:?\d\d)?")
_CENTS = 2  # decimals that people say of a number that has more
_AT, _ON = r",?\s+(?:at\s+|from\s+|@\s*)?", r",?\s+(?:on\s+)?(?:\w+day,?\s+)?"  # between a date and a time, and back
_GAPS = re.compile(r"[\s_]+")


def says(text: str, value: Json) -> bool:
    """Whether ``text`` tells ``value``; of a list or an object, each scalar in it.

    A truth value and null have no words of their own: nothing tells them. Numbers may have a currency sign, commas
    between thousands, two decimals where they have more, or be a word up to twelve ("one" means too much). Dates may
    name the month, times may be on the twelve-hour clock. Words may be in any case, with spaces or hyphens for
    underscores.
    """
    if value is None or isinstance(value, bool):
        return False
    if isinstance(value, (int, float)):
        return _says_number(text, value)
    if isinstance(value, dict):
        return all(says(text, item) for item in value.values())
    if isinstance(value, list):
        return all(says(text, item) for item in value)
    if _cue(value) not in text.lower():
        return False  # without a look at the bounds, for which an expression must be compiled
    return _pattern(value).search(text) is not None


def _says_number(text: str, value: float) -> bool:
    for sign, whole, decimals in _NUMBER.findall(text):
        said = float(f"{'-' if sign else ''}{whole.replace(',', '')}{decimals}")
        if said == value or (len(decimals) > _CENTS and said == round(value, len(decimals) - 1)):
            return True
    if value in range(len(_COUNTS)):
        return any(word.lower() == _COUNTS[int(value)] for word in _WORD.findall(text))
    return False


def _cue(value: str) -> str:
    """What any text that tells ``value`` has in it: its first word, the year of a date; of a time that is nothing."""
    if date := _DATE.match(value):
        return date[1]
    return "" if _TIME.match(value) else _GAPS.split(value.strip())[0].lower()


@lru_cache(maxsize=4096)
def _pattern(value: str) -> re.Pattern[str]:
    """What a message that tells ``value`` holds."""
    forms = [_literal(value)]
    if found := _MOMENT.fullmatch(value):
        forms += _moment(*found.groups())
    elif found := _DATE.fullmatch(value):
        forms += [rf"(?<![\w-]){day}(?![\w-])" for day in _days(*found.groups())]
    elif found := _TIME.fullmatch(value):
        forms = [rf"(?<![\w:]){time}(?![\w:])" for time in _clock(*found.groups())]
    return re.compile("|".join(f"(?:{form})" for form in forms), re.IGNORECASE)


def _literal(value: str) -> str:
    """The text itself on its bounds. One with digits in it must not be part of a longer number, key or address."""
    words = [re.escape(word) for word in _GAPS.split(value.strip()) if word]
    if not words:
        return r"(?!)"  # blanks tell nothing
    inner = r"[\s_-]+".join(words)
    if any(sign.isdigit() or sign == "@" for sign in value):
        return rf"(?<!\w)(?<!\w[-.,:/@]){inner}(?!\w|[-.,:/@]\w)"
    return rf"(?<!\w){inner}(?!\w)"


def _moment(year: str, month: str, day: str, hour: str, minute: str, second: str | None) -> list[str]:
    """A date and a time of day beside each other, in any order; at midnight the date alone will do."""
    dates = f"(?:{'|'.join(_days(year, month, day))})"
    if (hour, minute, second or "00") == ("00", "00", "00"):
        return [rf"(?<![\w-]){dates}(?![\w-])"]
    times = f"(?:{'|'.join(_clock(hour, minute, second))})"
    return [rf"(?<![\w-]){dates}{_AT}{times}(?![\w:])", rf"(?<![\w:]){times}{_ON}{dates}(?![\w-])"]


def _days(year: str, month: str, day: str) -> list[str]:
    """A date as people write it, the year always with it."""
    if not 1 <= int(month) <= len(_MONTHS):
        return [f"{year}-{month}-{day}"]
    name = _MONTHS[int(month) - 1]
    month_said = rf"(?:{name}|{name[:3]}\.?)"
    day_said = rf"0?{int(day)}(?:st|nd|rd|th)?"
    return [
        f"{year}[-/]{month}[-/]{day}",
        rf"{month_said}\s+{day_said},?\s+{year}",
        rf"{day_said}\s+(?:of\s+)?{month_said},?\s+{year}",
    ]


def _clock(hour: str, minute: str, second: str | None) -> list[str]:
    """A time of day on both clocks; seconds must be said where they are not zero."""
    number = int(hour)
    rest = rf":{minute}:{second}" if second not in (None, "00") else rf":{minute}(?::00)?"
    half = r"a\.?m\.?" if number < 12 else r"p\.?m\.?"
    twelve = (number + 11) % 12 + 1
    # On the twelve-hour clock 09:30 is "9:30", which must not go on with the other half of the day.
    forms = [rf"{hour}{rest}(?!\s*[ap]\.?m\b)", rf"0?{twelve}{rest}\s*{half}"]
    if number < 12:
        forms.append(rf"0?{number}{rest}(?!\s*[ap]\.?m\b)")
    if (minute, second or "00") == ("00", "00"):
        forms.append(rf"0?{twelve}\s*{half}")
    return forms
