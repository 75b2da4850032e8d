"""Through the front door, with every role running: what siblings and adults of the home add up to, and what is taken back."""

from tests.support.house import MUM, adult, ann, ben, lives, mum
from tests.support.messages import concern, household, moment, seen_by, withdrawal
from tests.support.partnership import RunningHub


def test_three_incidents_that_each_name_somebody_else_of_one_home_raise_an_alert_for_the_child_who_was_named_once(
    running_hub: RunningHub,
) -> None:
    girl, boy = ann(), ben()
    running_hub.say(household("housing", lives(girl, "housing"), lives(boy, "housing"), mum("housing")))
    told = adult(MUM, "police", indicators=("domestic_abuse_incident",))
    running_hub.say(concern("police", adults=(told,), incident="i1", at=moment(60)))
    running_hub.say(concern("health", seen_by(boy, "health", "domestic_abuse_witnessed"), incident="i2", at=moment(30)))
    running_hub.settled()
    last = running_hub.say(
        concern("school", seen_by(girl, "school", "domestic_abuse_witnessed"), incident="i3", at=moment(2))
    )
    running_hub.settled()
    her = running_hub.child_of("school", last)
    raised = [one for one in running_hub.alerts(her) if one.fact.NAME == "alert.raised"]
    assert [one.stream.split(":")[2] for one in raised] == ["domestic-abuse-series"]
    why = raised[0].fact.why  # type: ignore[attr-defined] # an alert that was raised
    assert "Health on " in why
    assert ", about another child of the household (" in why
    assert ", about an adult of the household (" in why
    running_hub.say(withdrawal("school", last))
    running_hub.settled()
    assert running_hub.alerts(her)[-1].fact.NAME == "alert.weakened"
