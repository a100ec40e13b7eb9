"""Where the operations of the emulator's CloudFormation differ from the real ones.

Each function below corrects one thing and is named after it; correct() does all.
"""
from ministack.core.responses import now_iso
from ministack.services import cloudformation as C
from ministack.services.cloudformation import changesets, drift, engine, handlers, stacks
from ministack.services.cloudformation.helpers import _error, _p

ACTIONS = handlers._ACTION_HANDLERS

# What an update may start from. Everything else is refused.
UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
# A stack can be deleted while it is created, not while it is changed.
DELETABLE_IN_PROGRESS = {"REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}

drifts = {}  # (stack id, logical id) -> {property path: actual value}


def reset():
    drifts.clear()


def before(action, check):
    """check gives a refusal, or None to go on."""
    inner = ACTIONS[action]
    ACTIONS[action] = lambda params: check(params) or inner(params)


def live(params):
    """The stack that a request names, unless it is deleted."""
    stack = handlers._resolve_stack(_p(params, "StackName"))
    return stack if stack and stack["StackStatus"] != "DELETE_COMPLETE" else None


def refuse_update(stack):
    return _error("ValidationError", f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")


def states():
    def update(params):
        stack = live(params)
        if stack and stack["StackStatus"] not in UPDATABLE:
            return refuse_update(stack)

    def change_set(params):
        kind, stack = _p(params, "ChangeSetType", "UPDATE"), live(params)
        if kind == "IMPORT" and stack and stack["StackStatus"] == "REVIEW_IN_PROGRESS":
            return None
        if kind != "CREATE":
            return update(params)
        if stack and stack["StackStatus"] != "REVIEW_IN_PROGRESS":
            return _error("ValidationError", f"Stack [{stack['StackName']}] already exists and cannot be created again with the changeSet [{_p(params, 'ChangeSetName')}].")

    def execute(params):
        _, found = changesets._find_change_set(_p(params, "ChangeSetName"), _p(params, "StackName"))
        if not found:
            return None
        if found.get("_pending"):
            return _error("InvalidChangeSetStatus", f"ChangeSet [{found['ChangeSetId']}] cannot be executed in its current status of [CREATE_PENDING]")
        stack = C._stacks.get(found["StackName"])
        wanted = {"CREATE": {"REVIEW_IN_PROGRESS"}, "IMPORT": UPDATABLE | {"REVIEW_IN_PROGRESS"}}.get(found["ChangeSetType"], UPDATABLE)
        if stack and stack["StackStatus"] not in wanted:
            return refuse_update(stack)

    def delete(params):
        stack = live(params)
        if stack and stack["StackStatus"].endswith("_IN_PROGRESS") and stack["StackStatus"] not in DELETABLE_IN_PROGRESS:
            return _error("ValidationError", f"Stack [{stack['StackName']}] cannot be deleted while in status {stack['StackStatus']}")
        return stack and imported(stack)

    before("UpdateStack", update)
    before("CreateChangeSet", change_set)
    before("ExecuteChangeSet", execute)
    before("DeleteStack", delete)


def imported(stack):
    """Whoever imports an export counts, in whatever state."""
    for export in (out.get("ExportName") for out in stack.get("Outputs", [])):
        for name, other in C._stacks.items():
            if export and other is not stack and other["StackStatus"] != "DELETE_COMPLETE" and export in handlers._imported_export_names(other, name):
                return _error("ValidationError", f"Export {export} cannot be deleted as it is in use by {name}")


def pending_change_sets():
    """A change set takes its time: the first look at it finds it not ready."""
    create, describe = ACTIONS["CreateChangeSet"], ACTIONS["DescribeChangeSet"]

    def created(params):
        answer = create(params)
        _, found = changesets._find_change_set(_p(params, "ChangeSetName"), _p(params, "StackName"))
        if answer[0] == 200 and found:
            outputs_count(found)
            found["_pending"] = True
        return answer

    def described(params):
        _, found = changesets._find_change_set(_p(params, "ChangeSetName"), _p(params, "StackName"))
        if not found or not found.pop("_pending", False):
            return describe(params)
        kept = {key: found[key] for key in ("Status", "ExecutionStatus", "StatusReason", "Changes")}
        found.update(Status="CREATE_PENDING", ExecutionStatus="UNAVAILABLE", StatusReason="", Changes=[])
        try:
            return describe(params)
        finally:
            found.update(kept)

    ACTIONS["CreateChangeSet"], ACTIONS["DescribeChangeSet"] = created, described


def outputs_count(change_set):
    """A change of outputs alone is a change, with no resource in its list."""
    stack = C._stacks.get(change_set["StackName"])
    if change_set["Status"] != "FAILED" or change_set["ChangeSetType"] != "UPDATE" or not stack:
        return
    if (change_set["_template"].get("Outputs") or {}) != (stack["_template"].get("Outputs") or {}):
        change_set.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")


def capabilities():
    handlers._capabilities_enforced = lambda: True


def parameters():
    """Those that are missing and those that do not exist, in the real one's words."""
    inner = engine._resolve_parameters

    def resolve(template, provided, previous=None):
        declared = template.get("Parameters") or {}
        given = {p["Key"]: p for p in provided if "Key" in p}
        if unknown := sorted(set(given) - set(declared)):
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        before = previous or {}
        missing = [name for name, d in declared.items() if "Default" not in d
                   and (name not in given or given[name].get("UsePreviousValue") and name not in before)]
        if missing:
            raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
        return inner(template, provided, previous)

    for module in (engine, changesets, handlers):
        module._resolve_parameters = resolve


# Types without tags of their own: a change of the stack's tags does not touch them.
UNTAGGED = set(stacks._UNTAGGED_TYPES) | {"AWS::" + t for t in (
    "ApplicationAutoScaling::ScalingPolicy", "ApplicationAutoScaling::ScalableTarget", "Budgets::Budget", "EC2::Route",
    "EC2::SecurityGroupEgress", "EC2::SecurityGroupIngress", "EC2::SubnetRouteTableAssociation", "EC2::VolumeAttachment",
    "EC2::VPCGatewayAttachment", "IAM::InstanceProfile", "IAM::Policy", "KMS::Alias", "S3::BucketPolicy", "Scheduler::Schedule",
    "SNS::Subscription", "SNS::TopicPolicy")}


def tags_of_the_tagged():
    stacks._UNTAGGED_TYPES = UNTAGGED


def events():
    """Why a create is rolled back; and what an update adds is created, not updated."""
    inner = stacks._add_event

    def add(stack_id, stack_name, logical_id, resource_type, status, reason="", physical_id="", detailed_status=""):
        past = C._stack_events.get(stack_id, [])
        if resource_type == "AWS::CloudFormation::Stack":
            if status == "ROLLBACK_IN_PROGRESS" and reason == "Rollback requested":
                failed = sorted({e["LogicalResourceId"] for e in past if e["ResourceStatus"] == "CREATE_FAILED"})
                reason = f"The following resource(s) failed to create: [{', '.join(failed)}]. Rollback requested by user."
            stack = C._stacks.get(stack_name)
            if stack and stack["StackId"] == stack_id:
                stack["StackStatusReason"] = reason if not status.endswith("COMPLETE") else ""
        elif status.startswith("UPDATE_") and not was_there(past, logical_id):
            status = "CREATE_" + status.removeprefix("UPDATE_")
        inner(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, detailed_status)

    for module in (stacks, changesets, handlers):
        if hasattr(module, "_add_event"):
            module._add_event = add


def was_there(events, logical_id):
    """Whether a resource was made by an earlier operation on the stack."""
    there, made = False, False
    for e in events:
        if e["ResourceType"] == "AWS::CloudFormation::Stack":
            there = made  # the operation that made it is over
        elif e["LogicalResourceId"] == logical_id and e["ResourceStatus"] in ("CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE"):
            made = True
        elif e["LogicalResourceId"] == logical_id and e["ResourceStatus"] == "DELETE_COMPLETE":
            made = there = False
    return there


def drifted():
    """Drift that a test asked for, in types that the emulator cannot compare."""
    supports, detect = drift.supports_drift, drift.detect_resource_drift
    asked = {}

    def detect_one(stack, logical_id, record, timestamp):
        wanted = drifts.get((stack["StackId"], logical_id))
        if not wanted:
            if supports(record.get("ResourceType", "")):
                return detect(stack, logical_id, record, timestamp)
            return plain(stack, logical_id, record, timestamp, "IN_SYNC")
        found = plain(stack, logical_id, record, timestamp, "MODIFIED")
        found["PropertyDifferences"] = [
            {"PropertyPath": path, "ExpectedValue": drift._scalar_text(value_at(record.get("Properties") or {}, path)),
             "ActualValue": value, "DifferenceType": "NOT_EQUAL"} for path, value in sorted(wanted.items())]
        return found

    def supported(resource_type):
        return supports(resource_type) or resource_type in asked.get("types", ())

    def remember():
        asked["types"] = {s["_resources"][r]["ResourceType"] for s in C._stacks.values() for i, r in drifts
                          if i == s["StackId"] and r in s.get("_resources", {})}

    drift.supports_drift, drift.detect_resource_drift = supported, detect_one
    for action in ("DetectStackDrift", "DetectStackResourceDrift"):
        before(action, lambda params: remember())


def revert_drift():
    """A change set in the mode REVERT_DRIFT lists what drifted, and puts it back."""
    create, execute = ACTIONS["CreateChangeSet"], ACTIONS["ExecuteChangeSet"]

    def created(params):
        answer = create(params)
        _, found = changesets._find_change_set(_p(params, "ChangeSetName"), _p(params, "StackName"))
        if answer[0] != 200 or not found or _p(params, "DeploymentMode") != "REVERT_DRIFT":
            return answer
        stack = C._stacks.get(found["StackName"])
        listed = {c["ResourceChange"]["LogicalResourceId"] for c in found["Changes"]}
        mine = [logical_id for ident, logical_id in drifts if ident == stack["StackId"]]
        for logical_id in sorted(set(mine) - listed):
            record = stack["_resources"][logical_id]
            found["Changes"].append({"ResourceChange": {
                "Action": "Modify", "LogicalResourceId": logical_id, "PhysicalResourceId": record.get("PhysicalResourceId", ""),
                "ResourceType": record["ResourceType"], "Replacement": "False", "Scope": ["Properties"], "Details": []}})
        if mine and found["Status"] == "FAILED":
            found.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")
        found["_reverts"] = mine
        return answer

    def executed(params):
        _, found = changesets._find_change_set(_p(params, "ChangeSetName"), _p(params, "StackName"))
        answer = execute(params)
        if answer[0] == 200 and found:
            for logical_id in found.get("_reverts", ()):
                drifts.pop((found["StackId"], logical_id), None)
        return answer

    ACTIONS["CreateChangeSet"], ACTIONS["ExecuteChangeSet"] = created, executed


def plain(stack, logical_id, record, timestamp, status):
    return {"StackId": stack["StackId"], "LogicalResourceId": logical_id, "PhysicalResourceId": record.get("PhysicalResourceId", ""),
            "ResourceType": record.get("ResourceType", ""), "Timestamp": timestamp, "StackResourceDriftStatus": status}


def value_at(properties, path):
    value = properties
    for part in path.strip("/").split("/"):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def anywhere(stack_name):
    """A stack of any region."""
    for (_, _, name), stack in list(C._stacks._data.items()):
        if name == stack_name and stack["StackStatus"] != "DELETE_COMPLETE":
            return stack
    raise ValueError(f"there is no stack {stack_name}")


def set_status(stack_name, status, reason):
    stack = anywhere(stack_name)
    stack["StackStatus"] = status
    with stacks._stack_region_context(stack):
        stacks._add_event(stack["StackId"], stack_name, stack_name, "AWS::CloudFormation::Stack", status, reason, stack["StackId"])
    stack["StackStatusReason"], stack["LastUpdatedTime"] = reason, now_iso()


def set_drift(stack_name, logical_id, path, value):
    stack = anywhere(stack_name)
    if logical_id not in stack.get("_resources", {}):
        raise ValueError(f"stack {stack_name} has no resource {logical_id}")
    drifts.setdefault((stack["StackId"], logical_id), {})[path] = value


def correct():
    capabilities()
    parameters()
    states()
    revert_drift()
    pending_change_sets()
    tags_of_the_tagged()
    events()
    drifted()
