"""CloudFormation types that the emulator does not know.

Nothing runs behind them: a resource is its identifier, its properties and what
Fn::GetAtt gives. References to a network are looked up, so that a wrong one
fails as it would on the real service.
"""
import hashlib
import re
import uuid

from ministack.core.responses import get_account_id, get_region, set_request_region
from ministack.services import ec2 as E
from ministack.services.cloudformation import provisioners as P

records = {}  # physical id -> {"type", "props"}


def long_id(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:17]}"


def reset():
    records.clear()


def network(region, vpc, subnets):
    """A network that was there before any stack."""
    set_request_region(region)
    E._vpcs[vpc] = {"VpcId": vpc, "CidrBlock": "10.60.0.0/16", "State": "available", "IsDefault": False, "InstanceTenancy": "default",
                    "DhcpOptionsId": "dopt-00000001", "OwnerId": get_account_id()}
    for i, subnet in enumerate(subnets):
        zone = f"{region}{'ab'[i % 2]}"
        E._subnets[subnet] = {"SubnetId": subnet, "VpcId": vpc, "CidrBlock": f"10.60.{16 * i}.0/20", "AvailabilityZone": zone,
                              "AvailabilityZoneId": E._az_id_for_zone_name(zone), "AvailableIpAddressCount": 4091, "State": "available",
                              "DefaultForAz": False, "MapPublicIpOnLaunch": False, "OwnerId": get_account_id()}


def need_subnet(ident):
    if ident not in E._subnets:
        raise ValueError(f"The subnet ID '{ident}' does not exist (Service: Ec2, Status Code: 400, Error Code: InvalidSubnetID.NotFound)")


def need_vpc(ident):
    if ident not in E._vpcs:
        raise ValueError(f"The vpc ID '{ident}' does not exist (Service: Ec2, Status Code: 400, Error Code: InvalidVpcID.NotFound)")


def need_group(ident):
    if ident not in E._security_groups:
        raise ValueError(f"The security group '{ident}' does not exist (Service: Ec2, Status Code: 400, Error Code: InvalidGroup.NotFound)")


def address(ident):
    """An address in 52.0.0.0/8 that follows from the identifier."""
    d = hashlib.sha256(ident.encode()).digest()
    return f"52.{d[0]}.{d[1]}.{d[2] or 1}"


def eip(props):
    ident = long_id("eipalloc")
    ip = address(ident)
    return ip, {"AllocationId": ident, "PublicIp": ip}


def nat_gateway(props):
    need_subnet(props.get("SubnetId"))
    allocation = props.get("AllocationId")
    held = any(r["attrs"].get("AllocationId") == allocation for r in records.values() if r["type"] == "AWS::EC2::EIP")
    if props.get("ConnectivityType", "public") == "public" and not held:
        raise ValueError(f"Elastic IP address {allocation} could not be associated with this NAT gateway (InvalidAllocationID.NotFound)")
    ident = long_id("nat")
    return ident, {"NatGatewayId": ident}


def zone_of(subnet):
    return E._subnets.get(subnet, {}).get("AvailabilityZone", f"{get_region()}a")


def instance(props):
    if not re.fullmatch(r"ami-[0-9a-f]{8,17}", str(props.get("ImageId"))):
        raise ValueError(f"Invalid id: \"{props.get('ImageId')}\" (expecting \"ami-...\")")
    need_subnet(props.get("SubnetId"))
    for group in props.get("SecurityGroupIds", []):
        need_group(group)
    ident = long_id("i")
    return ident, {"InstanceId": ident, "AvailabilityZone": zone_of(props.get("SubnetId")),
                   "PrivateIp": f"10.20.128.{10 + len(records) % 200}", "PrivateDnsName": f"{ident}.ec2.internal", "VpcId": E._subnets.get(props.get("SubnetId"), {}).get("VpcId", "")}


def group_rule(prefix):
    def create(props):
        need_group(props.get("GroupId"))
        for other in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
            if props.get(other):
                need_group(props[other])
        ident = long_id(prefix)
        return ident, {"Id": ident}
    return create


def flow_log(props):
    ident = long_id("fl")
    return ident, {"Id": ident}


def volume(props):
    ident = long_id("vol")
    return ident, {"VolumeId": ident}


def volume_attachment(props):
    for key, kind in (("VolumeId", "volume"), ("InstanceId", "instance")):
        if props.get(key) not in records:
            raise ValueError(f"The {kind} '{props.get(key)}' does not exist")
    return f"{props['VolumeId']}|{props['InstanceId']}", {}


def lifecycle_policy(props):
    ident = long_id("policy")
    return ident, {"Arn": f"arn:aws:dlm:{get_region()}:{get_account_id()}:policy/{ident}"}


def scalable_target(props):
    return f"{props.get('ResourceId')}|{props.get('ScalableDimension')}|{props.get('ServiceNamespace')}", {}


def scaling_policy(props):
    arn = f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scalingPolicy:{uuid.uuid4()}:policyName/{props.get('PolicyName')}"
    return arn, {"Arn": arn}


def oidc_provider(props):
    arn = f"arn:aws:iam::{get_account_id()}:oidc-provider/{str(props.get('Url', '')).removeprefix('https://')}"
    if arn in records:
        raise ValueError(f"Provider with url {props.get('Url')} already exists.")
    return arn, {"Arn": arn}


def budget(props):
    return props.get("Budget", {}).get("BudgetName") or long_id("budget"), {}


def document(props):
    name = props.get("Name") or long_id("document")
    if name in records:
        raise ValueError(f"Document with same name {name} already exists")
    return name, {}


# Per type: how it is made, and the properties that make it anew when they change.
KINDS = {
    "AWS::EC2::EIP": (eip, ("Domain", "NetworkBorderGroup", "TransferAddress")),
    "AWS::EC2::NatGateway": (nat_gateway, ("SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress")),
    "AWS::EC2::Instance": (instance, ("ImageId", "SubnetId", "AvailabilityZone", "KeyName", "BlockDeviceMappings", "NetworkInterfaces", "CpuOptions", "LaunchTemplate")),
    "AWS::EC2::SecurityGroupIngress": (group_rule("sgr"), ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId")),
    "AWS::EC2::SecurityGroupEgress": (group_rule("sgr"), ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId")),
    "AWS::EC2::FlowLog": (flow_log, ("ResourceId", "ResourceType", "TrafficType", "LogDestinationType", "LogGroupName", "LogDestination", "LogFormat", "MaxAggregationInterval", "DeliverLogsPermissionArn")),
    "AWS::EC2::Volume": (volume, ("AvailabilityZone", "Encrypted", "KmsKeyId", "SnapshotId")),
    "AWS::EC2::VolumeAttachment": (volume_attachment, ("Device", "InstanceId", "VolumeId")),
    "AWS::DLM::LifecyclePolicy": (lifecycle_policy, ()),
    "AWS::ApplicationAutoScaling::ScalableTarget": (scalable_target, ("ResourceId", "ScalableDimension", "ServiceNamespace")),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (scaling_policy, ("PolicyName", "ResourceId", "ScalableDimension", "ServiceNamespace", "ScalingTargetId")),
    "AWS::IAM::OIDCProvider": (oidc_provider, ("Url",)),
    "AWS::Budgets::Budget": (budget, ()),
    "AWS::SSM::Document": (document, ("Name", "DocumentType")),
}

# Those that take tags, and so those of their stack.
TAGGED = {"AWS::EC2::EIP", "AWS::EC2::NatGateway", "AWS::EC2::Instance", "AWS::EC2::FlowLog",
          "AWS::EC2::Volume", "AWS::IAM::OIDCProvider", "AWS::SSM::Document", "AWS::DLM::LifecyclePolicy"}


def kind(name, make):
    def create(logical_id, props, stack_name):
        ident, attrs = make(props)
        records[ident] = {"type": name, "props": props, "attrs": attrs}
        return ident, attrs

    def update(ident, old, new, stack_name, logical_id=None):
        record = records.setdefault(ident, {"type": name, "attrs": {}})
        record["props"] = new
        return ident, record["attrs"]

    def delete(ident, props):
        records.pop(ident, None)

    return {"create": create, "update": update, "delete": delete}


def register():
    for name, (make, replacing) in KINDS.items():
        if name in P._RESOURCE_HANDLERS:
            raise SystemExit(f"the emulator knows {name} by now: take it out of the launcher")
        P._RESOURCE_HANDLERS[name] = kind(name, make)
        P._REPLACING_PROPERTIES[name] = replacing
        if name in TAGGED:
            P._STACK_TAG_PROPERTY[name] = ("Tags", "list")
