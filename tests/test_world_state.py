"""The state of a world: resets, patches, forks and differences."""

from __future__ import annotations

import pytest

from agentgym.errors import AgentGymError, TaskError
from agentgym.types import RowChange
from agentgym.world.world import World

ANA = "ana_silva_4411"


def test_reset_returns_to_the_seed_and_patches_move_the_start(world: World) -> None:
    seed = world.digest()
    patch = (
        RowChange(
            table="order", key="ORD-1001", before={"status": "pending"}, after={"status": "shipped", "from": None}
        ),
        RowChange(table="order_item", key=5, before={}, after=None),
        RowChange(table="product", key="P-9", before=None, after={"product_id": "P-9", "name": "Pen", "tags": ["a"]}),
    )
    world.reset(patch)
    assert world.diff() == ()
    assert world.call("get_product_details", {"product_id": "P-9"}).content["tags"] == ["a"]
    assert "must be 'pending'" in str(
        world.call("cancel_pending_order", {"order_id": "ORD-1001", "reason": "no longer needed"}).error
    )
    world.call("update_user_address", {"user_id": ANA, "city": "Faro"})
    assert [change.table for change in world.diff()] == ["user"]
    world.reset()
    assert world.digest() == seed
    assert world.diff() == ()


@pytest.mark.parametrize(
    "change",
    [
        RowChange(table="nothing", key=1, before=None, after={"id": 1}),
        RowChange(table="order", key="ORD-1", before={"status": "a"}, after={"status": "b"}),
        RowChange(table="order", key="ORD-1", before={}, after=None),
        RowChange(table="order", key="ORD-1001", before={"x": 1}, after={"x": 2}),
        RowChange(table="order", key="ORD-1001", before={"user_id": ANA}, after={"user_id": "nobody"}),
        RowChange(
            table="order", key="ORD-1001", before=None, after={"order_id": "ORD-1001", "user_id": ANA, "status": "x"}
        ),
    ],
)
def test_a_patch_that_does_not_fit_is_a_task_error(world: World, change: RowChange) -> None:
    seed = world.digest()
    with pytest.raises(TaskError, match="minishop"):
        world.reset([change])
    assert world.digest() == seed
    assert world.diff() == ()


def test_forks_share_nothing_but_the_start(world: World) -> None:
    world.call("update_user_address", {"user_id": ANA, "city": "Faro"})
    fork = world.fork()
    assert (fork.diff(), fork.digest()) == (world.diff(), world.digest())
    fork.call("top_up_balance", {"user_id": ANA, "amount": 5})
    assert fork.digest() != world.digest()
    world.reset()
    assert [change.after for change in fork.diff()] == [{"city": "Faro", "balance": 25.0}]
    fork.close()


def test_writes_that_cancel_out_leave_no_difference(world: World) -> None:
    world.call("update_user_address", {"user_id": ANA, "city": "Faro"})
    world.call("update_user_address", {"user_id": ANA, "city": "Porto"})
    assert world.diff() == ()


def test_the_same_calls_lead_to_the_same_state(world: World) -> None:
    def play() -> str:
        world.reset()
        world.call("create_order", {"user_id": ANA, "items": [{"product_id": "P-02", "quantity": 1}]})
        world.call("cancel_pending_order", {"order_id": "ORD-1005", "reason": "no longer needed"})
        return world.digest()

    assert play() == play()


def test_a_closed_world_says_so(world: World) -> None:
    world.close()
    world.close()
    with pytest.raises(AgentGymError, match="closed"):
        world.call("get_user_details", {"user_id": ANA})
