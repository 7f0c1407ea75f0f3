"""A scripted user with a fact of every sort, and what agents say to it."""

from __future__ import annotations

from agentgym.tasks.phrases import INSTEAD, TELL
from agentgym.types import Fact, Goal, Json, Revision, Task, ToolCall
from agentgym.users import ScriptedUser, Sight
from agentgym.users.voice import BRISK, Manner

FACTS: dict[str, tuple[Json, str]] = {
    "user ID": ("ana_1", "My user ID is ana_1."),
    "email": ("a@example.com", "My email is a@example.com."),
    "shipping address": ("Rua 1", 'The shipping address should be "Rua 1".'),
    "billing address": ("Rua 2", 'Bill it to "Rua 2".'),
    "reason": ("by_mistake", "I ordered it by mistake."),
    "order ID": ("ORD-1", "It's the order ORD-1."),
    "quantity": (3, "For the new order, the quantity is 3."),
    "first name": ("Ana", "The first name: Ana."),
    "last name": ("Silva", "The last name is Silva."),
    "card status": ("active", "For the card, the status is active."),
    "weight in kg": (2.5, "The weight in kg is 2.5."),
    "gift wrap": (True, "The gift wrap is yes."),
}
CALL = ToolCall(name="touch")
TASK = Task(
    id="t",
    domain="d",
    intent="Hi, please change my order.",
    facts=tuple(Fact(label=label, value=value, text=text) for label, (value, text) in FACTS.items()),
    gold=(CALL, CALL, CALL, CALL),
    goals=(
        Goal(text="change the address of my order", calls=(0,)),
        Goal(text=f"close my account{TELL}the balance", calls=(1,), outputs=(12.5,)),
        Goal(text=f"cancel my order ORD-1{INSTEAD}return it", calls=(2,), refused=(CALL,)),
        Goal(text="give me a refund", refused=(CALL,)),
    ),
)
OPEN = Sight(False, (0, 1, 2))


def user(manner: Manner = BRISK, task: Task = TASK) -> ScriptedUser:
    """A user of a manner; a brisk one says no more than it must."""
    return next(one for one in (ScriptedUser(task, seed) for seed in range(100)) if one._manner is manner)


def told(text: str) -> list[str]:
    return [label for label, (_, sentence) in FACTS.items() if sentence in text]


QUESTIONS: list[tuple[str, list[str]]] = [
    ("What is your email?", ["email"]),
    ("Could you give me your e-mail address?", ["email", "shipping address", "billing address"]),
    ("Please provide your user ID and the order ID.", ["user ID", "order ID"]),
    ("Which order number is it?", ["order ID"]),
    ("What is the shipping address?", ["shipping address"]),
    ("I need the reason", ["reason"]),
    ("Why do you want to cancel?", ["reason"]),
    ("How many units would you like?", ["quantity"]),
    ("How much does it weigh?", ["weight in kg"]),
    ("Could you please share your surname and the order_id?", ["order ID", "last name"]),
    ("What's your full name?", ["first name", "last name"]),
    ("Could you provide: 1) your user ID 2) the reason 3) the quantity?", ["user ID", "reason", "quantity"]),
    (
        "To proceed, I need the following information:\n\n- **Order ID**\n- **Reason** for the cancellation\n\nThanks!",
        ["reason", "order ID"],
    ),
    ("1. Email:\n2. User ID:\n\nCould you send me these?", ["user ID", "email"]),
    ("Is it by mistake or no longer needed?", ["reason"]),
    ("Please confirm your email and order number.", ["email", "order ID"]),
    ("I see the status of your order is shipped. What is your email?", ["email"]),
    ("I couldn't find an order with that ID.", ["order ID"]),
]

LONG = """Here is what I am going to do:

- **Order ID:** ORD-1
- **Quantity:** {quantity}
- **Shipping address:** Rua 1

Do you confirm (yes/no)?"""

NO = "I'm sorry, but I can't cancel your order: it has been shipped."

THOUGHT = "Sorry, I meant 3 for the quantity, not 2."
SLIP = TASK.model_copy(
    update={"revisions": (Revision(kind="slip", label="quantity", value=2, text=THOUGHT, calls=(CALL,)),)}
)
