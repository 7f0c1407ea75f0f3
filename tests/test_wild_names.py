"""Names and prose as vendors write them: what is done, whether it is a read, and what it is about."""

from __future__ import annotations

import pytest

from agentgym.build.semantics.entities import entities_of
from agentgym.build.semantics.intents import reads
from agentgym.build.semantics.language import noun_of_sentence, read_name
from tests.specs import ORDER, STRING, thing, tool


@pytest.mark.parametrize(
    ("name", "verb", "noun"),
    [
        ("projects_locations_dataStores_list", "list", ("data", "store")),
        ("projects_locations_clusters_getIamPolicy", "get", ("cluster",)),
        ("Vaults_CreateOrUpdate", "create", ("vault",)),
        ("LargeFaceList_DeleteFace", "delete", ("face",)),
        ("issues_list_milestones", "list", ("milestone",)),
        ("teams_list_in_org", "list", ("team",)),
        ("scans_bulk_pause_create", "pause", ("scan",)),
        ("documents_batchGet", "get", ("document",)),
        ("report_get", "get", ("report",)),
        ("DescribeDBInstances", "describe", ("db", "instance")),
        ("Subscriptions_ListAll", "list", ("subscription",)),
        ("get_gists_v2", "get", ("gist",)),
    ],
)
def test_styles_of_names(name: str, verb: str, noun: tuple[str, ...]) -> None:
    reading = read_name(name)
    assert (reading.verb, reading.noun) == (verb, noun), f"{name} was read as {reading}."


@pytest.mark.parametrize(
    ("name", "description", "wanted"),
    [
        ("projects_locations_clusters_list", "", True),
        ("Line_Status", "Gets the line status of all modes.", True),
        ("convert_currency", "", True),
        ("users_check_following_for_user", "", True),
        ("jobs_projects_jobs_batchDelete", "", False),
        ("files_trash", "Moves a file to the trash.", False),
        ("dispute_bill", "Dispute a bill.", False),
        ("repos_set_labels", "", False),
        ("report_missing_bag", "Report a bag that did not arrive.", False),
    ],
)
def test_a_read_is_told_without_its_method(name: str, description: str, wanted: bool) -> None:
    assert reads(tool(name, description)) is wanted, f"{name} was taken for a {'write' if wanted else 'read'}."


@pytest.mark.parametrize(
    ("http", "name", "wanted"),
    [
        (("GET", "/stop/{id}"), "stop_scan", True),
        (("POST", "/orders/search"), "search_orders", True),
        (("POST", "/orders"), "orders", False),
        (("DELETE", "/orders/{id}"), "get_rid_of_order", False),
    ],
)
def test_the_method_decides_save_for_a_post_that_asks(http: tuple[str, str], name: str, wanted: bool) -> None:
    assert reads(tool(name, http=http)) is wanted


def test_an_entity_is_its_noun_though_no_sibling_knows_it() -> None:
    specs = [tool("get_gateway_accounts_by_id", required=("id",), id=STRING), tool("list_orders", returns=ORDER)]
    assert entities_of(specs) == ["gateway_account", "order"]


def test_a_row_of_another_entity_is_not_taken_for_this_one() -> None:
    site = thing(accountId=STRING, id=STRING, url=STRING)
    assert entities_of([tool("sites_insert", returns=site, url=STRING)]) == ["site"], "accountId only places a site."


def test_a_method_behind_the_path_is_no_entity() -> None:
    specs = [tool("x", http=("POST", "/v1/orders/{id}/cancel")), tool("y", http=("POST", "/v2/{+name}/orders:purge"))]
    assert entities_of(specs) == ["order", "order"]


def test_a_name_cut_short_is_told_by_its_description() -> None:
    name = "discoveryengine_projects_locations_branches_do_2a63f3"
    assert entities_of([tool(name, "Gets a list of Chunks.")]) == ["chunk"]
    assert noun_of_sentence("Creates a new data store in a region.") == ("data", "store")


def test_names_that_are_sentences_are_about_what_they_name() -> None:
    assert read_name("get_a_list_of_incidents").noun == ("incident",)
    assert read_name("delete_an_integration_version").noun == ("integration", "version")
    assert read_name("get_details_of_an_order").noun == ("order",)
    reading = read_name("list_roles_for_a_restriction_query")
    assert (reading.kind, reading.noun) == ("list", ("role",)), "The query is what the roles are for."


def test_a_word_behind_many_nouns_says_nothing() -> None:
    nouns = ("account", "call", "case", "lead", "note", "task")
    tools = [tool(f"get{noun.title()}{end}") for noun in nouns for end in ("Entity", "CollectionBulk")]
    assert entities_of(tools) == [noun for noun in nouns for _ in range(2)]
    slots = {"slot": {"type": "string"}}
    pairs = [tool(f"get_{noun}{end}", **(slots if end else {})) for noun in nouns for end in ("", "_slot")]
    assert entities_of(pairs) == [noun for noun in nouns for _ in range(2)], "A variant is about the same thing."
    assert entities_of([tool("get_order"), tool("get_order_slot", **slots)])[1] == "order_slot"
