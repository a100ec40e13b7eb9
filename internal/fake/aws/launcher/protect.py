"""What resources refuse, and which changes make them anew."""
from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.services import kms, rds, s3, ssm
from ministack.services.cloudformation import changesets, provisioners as P
from ministack.core.responses import error_response_json

import kinds

# Properties that make a resource anew, for types of which the emulator does not
# know any. From the documentation of each type.
REPLACING = {
    "CloudWatch::Alarm": ("AlarmName",),
    "EC2::InternetGateway": (),
    "EC2::Route": ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId", "RouteTableId"),
    "EC2::RouteTable": ("VpcId",),
    "EC2::SecurityGroup": ("GroupDescription", "GroupName", "VpcId"),
    "EC2::Subnet": ("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "Ipv6Native", "OutpostArn", "VpcId"),
    "EC2::SubnetRouteTableAssociation": ("SubnetId",),
    "EC2::VPC": ("CidrBlock", "Ipv4IpamPoolId", "Ipv4NetmaskLength"),
    "EC2::VPCEndpoint": ("ServiceName", "VpcEndpointType", "VpcId"),
    "EC2::VPCGatewayAttachment": ("VpcId",),
    "ECS::Cluster": ("ClusterName",),
    "ECS::Service": ("Cluster", "LaunchType", "Role", "SchedulingStrategy", "ServiceName"),
    "ECS::TaskDefinition": ("ContainerDefinitions", "Cpu", "EphemeralStorage", "ExecutionRoleArn", "Family", "Memory", "NetworkMode",
                            "PlacementConstraints", "RequiresCompatibilities", "RuntimePlatform", "TaskRoleArn", "Volumes"),
    "ElasticLoadBalancingV2::Listener": ("LoadBalancerArn",),
    "Events::Rule": ("EventBusName", "Name"),
    "KMS::Alias": ("AliasName",),
    "KMS::Key": (),
    "Logs::LogGroup": ("LogGroupName",),
    "S3::Bucket": ("BucketName",),
    "S3::BucketPolicy": ("Bucket",),
    "SNS::Subscription": ("Endpoint", "Protocol", "TopicArn"),
    "SNS::TopicPolicy": (),
    "Scheduler::Schedule": ("GroupName", "Name"),
    "SecretsManager::Secret": ("Name",),
    "ServiceDiscovery::PrivateDnsNamespace": ("Name", "Vpc"),
    "ServiceDiscovery::Service": ("Name", "NamespaceId", "ServiceAttributes", "Type"),
}


def replacing():
    for name, properties in REPLACING.items():
        P._REPLACING_PROPERTIES.setdefault("AWS::" + name, properties)


def on_delete(resource_type, check):
    handler = P._RESOURCE_HANDLERS[resource_type]
    inner = handler["delete"]

    def delete(ident, props, *rest):
        check(ident, props)
        inner(ident, props, *rest)

    handler["delete"] = delete


def full_bucket(name, props):
    if name in s3._buckets and (s3._buckets[name]["objects"] or s3._bucket_has_versions(name)):
        raise ValueError(f"The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Error Code: BucketNotEmpty): {name}")


def protected_database(ident, props):
    if str((rds._instances.get(ident) or props).get("DeletionProtection", False)).lower() == "true":
        raise ValueError("Cannot delete protected DB Instance, please disable deletion protection and try again. (Service: Rds, Status Code: 400)")


def protected_balancer(arn, props):
    for a in props.get("LoadBalancerAttributes", []):
        if a.get("Key") == "deletion_protection.enabled" and str(a.get("Value")).lower() == "true":
            raise ValueError(f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled")


def on_create(resource_type, check):
    handler = P._RESOURCE_HANDLERS[resource_type]
    inner = handler["create"]

    def create(logical_id, props, *rest):
        check(props)
        return inner(logical_id, props, *rest)

    handler["create"] = create


def in_vpc(key="VpcId"):
    def check(props):
        if props.get(key):
            kinds.need_vpc(props[key])
    return check


def in_subnets(key):
    def check(props):
        for subnet in props.get(key) or []:
            kinds.need_subnet(subnet)
    return check


def networks():
    """A network that does not exist is found out when something is put in it."""
    for name in ("SecurityGroup", "Subnet", "RouteTable", "VPCEndpoint", "VPCGatewayAttachment"):
        on_create("AWS::EC2::" + name, in_vpc())
    on_create("AWS::ElasticLoadBalancingV2::TargetGroup", in_vpc())
    on_create("AWS::ElasticLoadBalancingV2::LoadBalancer", in_subnets("Subnets"))
    on_create("AWS::ServiceDiscovery::PrivateDnsNamespace", in_vpc("Vpc"))
    on_create("AWS::RDS::DBSubnetGroup", in_subnets("SubnetIds"))
    on_create("AWS::ElastiCache::SubnetGroup", in_subnets("SubnetIds"))


def one_policy(props):
    if props.get("Bucket") in s3._bucket_policies:
        raise ValueError(f"The bucket policy already exists on bucket {props['Bucket']}. (Service: S3, Status Code: 409)")


def policy_there(bucket):
    return None if bucket in s3._bucket_policies else "The bucket policy does not exist"


def bucket_policies():
    """A bucket has one policy, and an import takes it up."""
    on_create("AWS::S3::BucketPolicy", one_policy)
    P._RESOURCE_HANDLERS["AWS::S3::BucketPolicy"]["import"] = lambda identifier: (identifier["Bucket"], {})
    changesets._IMPORT_LOOKUPS["AWS::S3::BucketPolicy"] = (("Bucket",), policy_there)


def lifecycle_xml(configuration):
    """LifecycleConfiguration of a template as S3's own document."""
    root = Element("LifecycleConfiguration", xmlns=s3.S3_NS)
    for rule in configuration.get("Rules") or []:
        out = SubElement(root, "Rule")
        if rule.get("Id"):
            SubElement(out, "ID").text = str(rule["Id"])
        SubElement(SubElement(out, "Filter"), "Prefix").text = str(rule.get("Prefix", ""))
        SubElement(out, "Status").text = str(rule.get("Status", "Enabled"))
        if "ExpirationInDays" in rule:
            SubElement(SubElement(out, "Expiration"), "Days").text = str(rule["ExpirationInDays"])
        for part, days in (("NoncurrentVersionExpiration", "NoncurrentDays"), ("AbortIncompleteMultipartUpload", "DaysAfterInitiation")):
            if rule.get(part):
                SubElement(SubElement(out, part), days).text = str(rule[part][days])
        for move in rule.get("Transitions") or []:
            to = SubElement(out, "Transition")
            SubElement(to, "Days").text = str(move.get("TransitionInDays"))
            SubElement(to, "StorageClass").text = str(move.get("StorageClass"))
    return tostring(root, encoding="utf-8")


def lifecycle():
    P._S3_BUCKET_CONFIGURATIONS += (("LifecycleConfiguration", lifecycle_xml, s3._put_bucket_lifecycle, s3._delete_bucket_lifecycle),)


def encryption_xml(configuration):
    """BucketEncryption of a template as S3's own document."""
    root = Element("ServerSideEncryptionConfiguration", xmlns=s3.S3_NS)
    for rule in configuration.get("ServerSideEncryptionConfiguration") or []:
        out, default = SubElement(root, "Rule"), rule.get("ServerSideEncryptionByDefault") or {}
        applied = SubElement(out, "ApplyServerSideEncryptionByDefault")
        for part in ("SSEAlgorithm", "KMSMasterKeyID"):
            if default.get(part):
                SubElement(applied, part).text = str(default[part])
        SubElement(out, "BucketKeyEnabled").text = str(rule.get("BucketKeyEnabled", False)).lower()
    return tostring(root, encoding="utf-8")


def encryption():
    P._S3_BUCKET_CONFIGURATIONS += (("BucketEncryption", encryption_xml, s3._put_bucket_encryption, s3._delete_bucket_encryption),)


STANDARD, ADVANCED = 4096, 8192


def parameters():
    """Sizes, and the key of a SecureString."""
    inner = ssm._put_parameter

    def put(data):
        value, tier = str(data.get("Value", "")), data.get("Tier") or "Standard"
        before = ssm._parameters.get(data.get("Name")) or {}
        advanced = tier != "Standard" or before.get("Tier") == "Advanced"
        limit = ADVANCED if advanced else STANDARD
        if not value:
            return refuse("1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.")
        if len(value.encode()) > limit:
            return refuse(f"{'Advanced' if advanced else 'Standard'} tier parameters support a maximum parameter value of {limit} characters."
                          + ("" if advanced else " To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier."))
        if tier == "Standard" and data.get("Tier") and before.get("Tier") == "Advanced":
            return refuse("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.")
        if data.get("Type") == "SecureString" and not key_exists(data.get("KeyId") or "alias/aws/ssm"):
            return error_response_json("InvalidKeyId", f"Alias {data['KeyId']} is not found." if data["KeyId"].startswith("alias/") else f"Invalid keyId {data['KeyId']}", 400)
        return inner(data)

    ssm._put_parameter = put


def refuse(message):
    return error_response_json("ValidationException", message, 400)


def key_exists(ident):
    return ident.startswith("alias/aws/") or kms._resolve_key(ident) is not None


# Amazon's own parameters that name the newest image, besides the emulator's.
IMAGES = {"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64": "ami-0c2023a1b2c3d4e60"}


def register():
    ssm._PUBLIC_AMI_PARAMETERS.update(IMAGES)
    replacing()
    networks()
    bucket_policies()
    lifecycle()
    encryption()
    parameters()
    on_delete("AWS::S3::Bucket", full_bucket)
    on_delete("AWS::RDS::DBInstance", protected_database)
    on_delete("AWS::ElasticLoadBalancingV2::LoadBalancer", protected_balancer)
