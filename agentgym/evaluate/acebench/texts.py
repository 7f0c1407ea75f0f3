"""What this adapter says itself, by language: all else that is read comes from the checkout."""
# ruff: noqa: RUF001  # Chinese has commas of its own

from __future__ import annotations

import re

TOOLS = {"en": "They are given as tools.", "zh": "以工具的形式给出。"}  # where a prompt has the list of functions
CALLING = {
    "en": (
        "API requests are made as tool calls in this conversation: where [ApiName(key1='value1', ...)] is asked for"
        " above, call the tools, all requests of a step at once, and write no text beside them. All else that is asked"
        " for above is written as text."
    ),
    "zh": (
        "在本次对话中，API请求通过工具调用发出：凡上文要求输出[ApiName(key1='value1', ...)]之处，请直接调用工具，"
        "同一步骤的所有请求一次发出，且不输出其他文本。上文要求的其他内容以文本输出。"
    ),
}
AWAY = {
    "en": "Nobody answers. Go on with what you know, until all is done.",
    "zh": "无人回答。请用已知信息继续，直到全部完成。",
}
GO_ON_ZH = "好的，请按我说的全部办完，完成后告诉我。"  # the scripted user; its English is ``Instructed``'s
DONE_ZH = re.compile("完成|办好|结束|再见|还有什么")  # what it hears that all is done by
