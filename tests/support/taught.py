"""What the walk through every door was taught: what to put for each name in an address, and how each command is typed.

Whoever adds a route whose address has a new name, or a command, adds a line here: until then the walk fails.
"""

import json

# ------------------------------------------------------------------------------------------------ how to call a door

# Names in addresses: one that is not here fails the walk until somebody says what to put there.
STATIC = {
    "path": ["app.css"], "policy": ["R01", "N06"], "position": ["1", "40"], "what": ["same", "unlink", "given", "sought"],
    "about": ["consent_to_share", "agreement"], "act": ["claim", "grade"], "step": ["hold", "decide"],
    "measure": ["waiting", "re-referrals"], "figure": ["0"], "number": ["1"], "table": ["contacts", "early_help"],
}  # fmt: skip
# Names of what is not there in the planted hub: an id of nothing.
NOTHING_THERE = (
    "notice", "forwarding", "discussion", "identity", "declaration", "quarantine", "letter", "ident", "challenge", "prompt",
    "plan", "lead", "silence", "report", "late", "task", "item", "assessment", "referral", "hand_over", "audit", "load",
    "meeting", "move",
)  # fmt: skip
# What forms and programs are half filled in with: enough to get past the first field.
HALF = {
    "reason": "other", "why": "Because.", "ground": "perceived_harm", "grade": "amber", "code": "ABCD2345", "to": "police",
    "step": "code", "kind": "worry", "told": "names", "purpose": "triage", "question": "Is it so?", "organisation": "police",
    "hours": "2", "what": "same", "outcome": "early_help", "level": "3", "result": "provided", "other": "",
}  # fmt: skip
NOT_TRIED = {("POST", "/sign-out"), ("POST", "/sign-in")}  # they end and begin the session that the walk needs
QUERIES = {
    "/live": ["?shown=0&position=0"], "/": ["", "?state=all", "?page=2", "?organisation=police", "?mine=true"],
    "/enquiry/new": ["?child={child}"], "/ledger": ["", "?child={child}"], "/child/{child}": ["", "?enquiry={enquiry}"],
    "/api/v1/children/{child}/chronology": ["", "?enquiry={enquiry}", "?format=csv"],
    "/child/{child}/household": ["", "?enquiry={enquiry}"], "/enquiry/{enquiry}": ["", "?child={child}"],
    "/enquiry/{enquiry}/decision": ["?child={child}"], "/enquiry/{enquiry}/closing": ["?child={child}"],
    "/audit/{child}": ["", "?position=60"], "/policies/compare": ["?before=1&after=draft"],
    "/policies/then-and-now": ["?position=2"], "/api/v1/policies/compare": ["?before=1&after=draft"],
    "/api/v1/enquiries/{enquiry}": ["", "?child={child}"],
    "/services": ["", "?age=4&level=2&locality=North"], "/api/v1/services": ["?age=4&level=2"],
    "/silence": ["", "?child={child}"], "/api/v1/silences": ["", "?child={child}"],
    "/reliance": ["", "?what=rule&id=neglect-composite", "?what=edition&id=1"],
    "/api/v1/reliance": ["?what=rule&id=neglect-composite", "?what=edition&id=1&format=csv"],
}  # fmt: skip
# Doors that compare whole sets of policies, seconds each, and the same for everybody whom they let in: tried once, by one.
SLOW = {"/policies/compare", "/api/v1/policies/compare"}
COMPARES = "staff-05b8f3"

# ---------------------------------------------------------------------------------------------- how to type a command

# Commands that show something. A command that stands in none of these lists fails the walk until somebody teaches it.
SHOWS = {
    "challenge list": "", "challenge show": "{challenge}", "consent notices": "", "consent show": "{child}",
    "consent withdraw": "{child} consent-record:{nothing}@1 --dry-run", "doctor": "--quick", "enquiry advice-only": "",
    "enquiry forwarded": "", "enquiry show": "{enquiry}", "exception list": "", "exception show": "{exception}",
    "identity accounts": "", "identity asked": "{child}", "identity list": "",
    "identity report": "{identity}",
    "identity review": "{child}",
    "identity show": "{identity}",
    "identity trail": "{child}", "inbox list": "", "lead mine": "", "lead show": "{child}", "ledger of": "{child}",
    "ledger replay": "40", "letter list": "", "letter show": "{letter}", "policy then-and-now": "40", "prompt list": "{child}",
    "prompt mine": "", "quarantine list": "--all", "quarantine show": "{nothing}", "release list": "",
    "release show": "{said}", "request list": "{enquiry}", "request show": "{request}", "restrict list": "",
    "offer show": "{child}", "services list": "--age 4 --level 2", "services show": "parenting-group",
    "transfer list": "", "transfer letter": "{nothing}",
    "sample list": "", "sent": "", "strategy list": "{enquiry}", "strategy show": "{discussion}", "tasks": "",
    "trace": "{message}", "agency list": "", "agency gaps": "", "index status": "", "alert child": "{child}",
    "chronology": "{child}", "alert list": "", "alert show": "{alert}", "enquiry plans": "", "silence feeds": "",
    "assessment list": "{child}", "assessment show": "{of_help} {assessment}", "help-plan mine": "",
    "help-plan show": "{child}", "help-plan plan": "{child}", "silence list": "", "silence show": "{silence}",
    "meeting list": "--child {child}", "meeting show": "{meeting}",
    "late list": "", "late show": "{late}", "late backfills": "", "reliance": "rule neglect-composite",
    "measures children": "waiting",
    "measures account": "", "measures list": "", "measures show": "waiting --areas", "measures export": "contacts",
    "audit list": "",
    "audit show": "{audit} 1",
}  # fmt: skip
WHY = "--why Because."
# Commands that change something: typed after all that only shows.
CHANGES = {
    "measures import": "re-referrals --undo {nothing}", "audit judge": f"{{nothing}} 1 --level 3 --outcome assessment {WHY}",
    "audit draw": "--many 1 --first 2026-01-01 --last 2026-12-31 --auditor staff-68e2c9", "audit done": "{nothing} {nothing}",
    "audit find": f"{{nothing}} 1 --what earlier {WHY}",
    "challenge raise": f"{{message}} --type threshold --no-risk {WHY}",
    "challenge answer": f"{{challenge}} --outcome stands {WHY}",
    "challenge escalate": f"{{challenge}} {WHY}", "challenge accept": "{challenge}", "challenge withdraw": "{challenge}",
    "consent acknowledge": "{notice}", "consent record": "{child} sought --reason Because.",
    "enquiry accept": "{enquiry}", "enquiry acknowledge": "{nothing}", "enquiry add-child": f"{{enquiry}} {{child}} {WHY}",
    "enquiry allocate": "{child} --worker staff-86d51c --since 2026-11-01 --ground child_in_need",
    "enquiry approve": "{enquiry} --child {child}", "enquiry assign": "{enquiry} --to staff-3ae8f0",
    "enquiry claim": "{enquiry}",
    "enquiry decide": "{enquiry} --child {child} --level 3 --agree --outcome early_help --view not_obtained --no-view Young "
    f"--seen not_seen --family-told --action family_contacted:front_door:2026-12-01 {WHY}",
    "enquiry end-allocation": "{child} --reason entered_in_error", "enquiry end-hand-over": "{enquiry}",
    "enquiry forward": "{child}", "enquiry grade": f"{{enquiry}} --grade amber {WHY}",
    "enquiry hand-over": f"{{enquiry}} --to staff-3ae8f0 {WHY}", "enquiry open": f"{{child}} --ground perceived_harm {WHY}",
    "enquiry pass-back": f"{{nothing}} --reason not_my_case {WHY}", "enquiry read-unseen": "{enquiry} --child {child}",
    "enquiry send-back": f"{{enquiry}} --child {{child}} {WHY}",
    "exception agree": "{exception}", "exception ask": f"{{child}} --hours 2 --reason risk_of_harm --told told {WHY}",
    "exception break-glass": f"{{child}} --reason immediate_danger {WHY} --acknowledge",
    "exception decline": f"{{exception}} {WHY}", "exception end": "{exception}",
    "exception family": "staff-91d3b7 --outcome not_justified",
    "exception review": f"{{exception}} --outcome justified {WHY}",
    "identity ask": "{child} --record {nothing} --question birth_date", "identity link": "{request}",
    "identity remind": "{request}", "identity withdraw": "{request} --reason no_longer_needed",
    "identity agree": "{identity} --yes", "identity assess": f"{{identity}} --outcome no_breach {WHY}",
    "identity cannot-tell": f"{{child}} --reason other {WHY}", "identity different": f"{{child}} --reason other {WHY} --yes",
    "identity disagree": f"{{identity}} {WHY}", "identity merge": f"{{child}} {{nothing}} --reason other {WHY} --yes",
    "identity restrict": f"{{child}} --reason adoption --reader staff-e58c12 {WHY} --yes",
    "identity same": f"{{child}} {{nothing}} --reason other {WHY} --yes",
    "identity split": f"{{identity}} --reason other {WHY} --yes",
    "identity unlink": f"{{child}} --record {{nothing}} --reason other {WHY} --yes",
    "identity unrestrict": f"{{child}} --reason other {WHY} --yes", "inbox acknowledge": "{notice}",
    "lead accept": "{child}", "lead ask": f"{{child}} --to staff-4fa690 {WHY}", "lead choose": "{child} --lead staff-4fa690",
    "lead decline": "{child} --reason no_capacity", "lead end": "{child} --reason plan_completed", "lead take-back": "{child}",
    "letter prepare": "{child} --recipient young_person --how met_in_person --verified-on 2026-11-01",
    "letter review": "{letter} --checked all", "prompt have": "{prompt}",
    "prompt send": "{child} --to school_a/school_a_primary_01 --prompt see_child", "prompt take-back": "{prompt}",
    "quarantine re-admit": "{nothing} --reason our_fault",
    "release ask": f"{{enquiry}} {{said}} --item {{nothing}} --to early_help {WHY}",
    "release item": "{said} {nothing} --to early_help", "release refuse": "{nothing} --reason harm",
    "release withdraw": "{nothing} --reason mistaken", "request answer": "{request} --result searched_none_held",
    "request ask": "{enquiry} --party housing --child {child} --purpose triage --tell names --words Why?",
    "request link": "{request}", "request not-asked": "{enquiry} early_help --reason heard_already",
    "request remind": "{request}", "request withdraw": "{request} --reason no_longer_needed",
    "restrict agree": "{nothing}", "restrict declare": "- --reader staff-e58c12", "restrict end": "{nothing}",
    "staff declare-family": "-",
    "strategy call": f"{{enquiry}} --child {{child}} --ask police --at 2026-12-02T14:30 --means video {WHY}",
    "strategy decide": f"{{discussion}} --ground significant_harm --safety Safe. {WHY} --not-open {{child}}",
    "strategy end": f"{{discussion}} --child {{child}} --outcome concerns_not_substantiated {WHY}",
    "strategy hold": "{discussion} --at 2026-12-02T14:30 --spoke Somebody. --present police",
    "strategy knew": "{discussion} --organisation police --words Nothing.",
    "strategy reconvene": "{discussion} --at 2026-12-03T09:00",
    "enquiry leave": "{enquiry} --who staff-3ae8f0 --why-ended work_done",
    "enquiry plan-done": "{enquiry} {child} --action child_seen", "exception night": "staff-3ae8f0 --outcome justified",
    "restrict confirm": "{nothing}",
    "restrict lift": f"{{nothing}} {WHY}", "restrict not-family": "{nothing} {child}",
    "what-if": "--over 30d",
    "assessment begin": "{child} --type CAF", "assessment complete": "{child} {assessment}",
    "assessment write": "{child} {assessment} --section housing --worries Because.",
    "assessment hear": "{child} {assessment} --how child_said --words Because.",
    "assessment attach": "{child} {assessment} --section safety --tool Scale --reference A7 --result 4",
    "assessment judge": "{child} {assessment} --need 2 --why-need Because. --risk low --why-risk Because.",
    "help-plan step": f"{{child}} --level 2 --to staff-4fa690 {WHY}", "help-plan accept": "{child}",
    "help-plan decline": "{child} --reason no_capacity", "help-plan take-back": "{child}",
    "help-plan renew": f"{{child}} --until 2027-03-27 {WHY}", "help-plan end": f"{{child}} --reason needs_met {WHY}",
    "help-plan make": "{child} --team TAF --goal-words Because. --review 2027-03-27 --family parent",
    "help-plan team": "{child} {plan} --family parent",
    "help-plan action": "{child} {plan} --what visit --owner family --due 2027-03-27",
    "help-plan done": "{child} {plan} --action visit.1", "help-plan undo": "{child} {plan} --action visit.1",
    "help-plan meet": "{child} {plan} --on 2026-11-01 --review 2027-03-27 --family-there --voice observed",
    "help-plan outcome": f"{{child}} {{plan}} --stage start --outcome better {WHY}",
    "help-plan close": "{child} {plan} --reason goal_reached",
    "meeting call": "--type 'Locality panel' --on 2027-03-27 --member early_help --member police --member health_visiting",
    "meeting call-off": "{meeting} --reason no_quorum", "meeting agenda": f"{{meeting}} {{child}} {WHY}",
    "meeting take-off": "{meeting} {child} --reason not_needed", "meeting pack": "{meeting}",
    "meeting hold": "{meeting} --on 2026-11-01 --present police --family-not-there",
    "meeting outcome": "{meeting} {child} --outcome no_further --notes Because.",
    "meeting owner": "{meeting} {child} --owner police --due 2027-03-27", "meeting done": "{meeting} {child}",
    "meeting talk": "{child} --type 'Local conversation' --on 2026-11-01 --member police/safeguarding_unit "
    f"--member health_visiting/north_team --outcome no_further --family-not-there {WHY}",
    "offer make": "{child} --service parenting-group --to parent", "offer accept": "{child} {nothing} --who parent",
    "offer decline": "{child} {nothing} --who parent --reason not_now", "offer disengage": "{child} {nothing}",
    "offer end": "{child} {nothing} --how completed", "offer follow": "{child} {nothing} --next asked_again",
    "services declare": "parenting-group --places 4", "transfer propose": "{child} --to next_door --theirs 1",
    "transfer take-back": "{child}", "transfer receive": "-", "transfer decline": "{nothing} --reason not_here",
    "transfer take-on": f"{{nothing}} --child {{child}} --level 2 --to staff-4fa690 {WHY}",
    "silence answer": "{silence} --answer taken_up", "late answer": f"{{late}} --answer acted_on --read 9c0e41ab {WHY}",
}  # fmt: skip
NOBODY_THERE = json.dumps({"names": [{"forenames": "Nobody", "surname": "There"}], "birth_date": "2001-02-03"})
# Commands that print nothing of any child, by what they do.
OF_NOBODY = {
    "up": "runs the hub", "run": "runs a role", "publish": "prints receipts of what its own typist wrote in a file",
    "inbox read": "opens what was sealed to an organisation with that organisation's key: walked with the topics",
    "sample add": "prints how many", "identity rematch": "prints how many, with the intake stopped",
    "index rebuild": "prints how many, with the intake stopped", "policy diff": "prints policies, as /policies/compare",
    **{f"agency {one}": "the register of organisations" for one in ("add", "client", "client-revoke", "hub-key")},
    "agency feed declare": "how often an organisation is heard",
    **{f"partnership {one}": "the partnership" for one in ("check", "compare", "new", "show")},
    **{f"agency key {one}": "keys" for one in ("add", "revoke")},
    **{f"areas {one}": "small areas" for one in ("load", "show")},
    **{f"policy {one}": "policies" for one in ("check", "test", "register", "draft", "tick", "untick")},
    **{f"policy {one}": "policies" for one in ("sign", "publish", "editions")},
    "transfer know": "registers another hub's key",
    **{f"protocol {one}": "the protocol" for one in ("check", "show")},
    **{f"schemas {one}": "the published contract" for one in ("check", "list", "publish", "show")},
}  # fmt: skip
