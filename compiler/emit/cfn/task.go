package cfn

import "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"

// variable is one variable of a container's environment.
type variable struct {
	name  string
	value node
}

// environment is what a container finds in its environment: values that anyone
// may see, and secrets, given as the ARNs that ECS reads them from.
type environment struct {
	values []variable
	// parameters and generated are the secrets: SSM parameters by name, and
	// generated secrets by logical id with the key in their JSON.
	parameters []parameterSecret
	generated  []generatedSecret
}

type parameterSecret struct{ variable, parameter string }

type generatedSecret struct {
	variable, id string
	key          string // in the secret's JSON; empty for all of it
}

func (e environment) with(more ...variable) environment {
	e.values = append(append([]variable{}, e.values...), more...)
	return e
}

func (e environment) withParameters(more ...parameterSecret) environment {
	e.parameters = append(append([]parameterSecret{}, e.parameters...), more...)
	return e
}

func (e environment) valueList() list {
	var all list
	for _, v := range e.values {
		all = append(all, obj{k("Name", str(v.name)), k("Value", v.value)})
	}
	return all
}

func (e environment) secretList() list {
	var all list
	for _, p := range e.parameters {
		all = append(all, obj{k("Name", str(p.variable)), k("ValueFrom", parameterARN(p.parameter))})
	}
	for _, g := range e.generated {
		from := ref(g.id)
		if g.key != "" {
			from = sub("${" + g.id + "}:" + g.key + "::")
		}
		all = append(all, obj{k("Name", str(g.variable)), k("ValueFrom", from)})
	}
	return all
}

func parameterARN(name string) node { return arn("ssm", "parameter"+plain(name)) }

// executionRole is what ECS does for a task before it runs: pull its image,
// open its log, read exactly its secrets.
func (s *stack) executionRole(id, who, repository, logs string, e environment) {
	statements := []statement{
		{sid: "SignInToRegistry", why: "The registry's token is for the whole account; what it opens is said below.", actions: []string{"ecr:GetAuthorizationToken"}, resources: everything()},
		{sid: "PullImage", actions: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}, resources: []node{arn("ecr", "repository/"+plain(repository))}},
		{sid: "WriteLogs", actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, resources: []node{arn("logs", "log-group:"+plain(s.p.AWS.Names.LogGroup+logs)+":*")}},
	}
	statements = append(statements, readParameters(s, e)...)
	statements = append(statements, readGenerated(s, e)...)
	s.role(id, who+": pulls the image, opens the log, reads the secrets", trust("ecs-tasks.amazonaws.com", sameAccount()), statements...)
}

func readParameters(s *stack, e environment) []statement {
	if len(e.parameters) == 0 {
		return nil
	}
	var arns []node
	for _, p := range e.parameters {
		arns = append(arns, parameterARN(p.parameter))
	}
	return []statement{
		{sid: "ReadSecrets", actions: []string{"ssm:GetParameters"}, resources: arns},
		{sid: "DecryptSecrets", actions: []string{"kms:Decrypt"}, resources: []node{s.foundation(OutKey)},
			conditions: condition("StringLike", k("kms:EncryptionContext:PARAMETER_ARN", parameterARN(s.p.AWS.ParamPath+"/*")))},
	}
}

func readGenerated(s *stack, e environment) []statement {
	var arns []node
	seen := map[string]bool{}
	for _, g := range e.generated {
		if !seen[g.id] {
			arns = append(arns, ref(g.id))
		}
		seen[g.id] = true
	}
	if len(arns) == 0 {
		return nil
	}
	return []statement{
		{sid: "ReadPasswords", actions: []string{"secretsmanager:GetSecretValue"}, resources: arns},
		{sid: "DecryptPasswords", actions: []string{"kms:Decrypt"}, resources: []node{s.foundation(OutKey)},
			conditions: condition("StringEquals", k("kms:EncryptionContext:SecretARN", list(arns)))},
	}
}

// task is a task definition with one container, or more.
type task struct {
	id, family  string // the family's last part
	cpu, memory int
	execution   string // logical id of the execution role
	containers  []container
}

type container struct {
	name    string
	image   node
	logs    string // last part of the log group
	env     environment
	root    bool // starts as root, to step down by itself
	paths   []string
	port    int
	command []string
	health  []string
	stop    int // seconds to finish in
}

// taskDefinition adds a task. Its task role may do nothing: the processes talk
// to Snowflake and to destinations, never to AWS.
func (s *stack) taskDefinition(t task) {
	var containers, volumes list
	for _, c := range t.containers {
		containers = append(containers, s.container(c))
		for i := range c.paths {
			volumes = append(volumes, obj{k("Name", str(volumeName(c.name, i)))})
		}
	}
	s.add(t.id, "AWS::ECS::TaskDefinition", obj{
		k("Family", s.family(t.family)), k("RequiresCompatibilities", strs("FARGATE")), k("NetworkMode", str("awsvpc")),
		k("Cpu", str(itoa(t.cpu))), k("Memory", str(itoa(t.memory))),
		k("RuntimePlatform", obj{k("CpuArchitecture", str("X86_64")), k("OperatingSystemFamily", str("LINUX"))}),
		k("ExecutionRoleArn", att(t.execution, "Arn")), k("TaskRoleArn", att(taskRole, "Arn")),
		k("ContainerDefinitions", containers), k("Volumes", volumes), s.tags(),
	})
}

const taskRole = "TaskRole"

func (s *stack) family(last string) node { return sub("${AWS::StackName}-" + last) }

func volumeName(container string, i int) string { return container + "-" + itoa(i+1) }

func (s *stack) container(c container) node {
	body := obj{k("Name", str(c.name)), k("Image", c.image), k("Essential", boolean(true)), k("ReadonlyRootFilesystem", boolean(true))}
	if !c.root {
		body = append(body, k("User", str(ContainerUser)))
		body = append(body, k("LinuxParameters", obj{k("InitProcessEnabled", boolean(true)), k("Capabilities", obj{k("Drop", strs("ALL"))})}))
	}
	if len(c.command) > 0 {
		body = append(body, k("Command", strs(c.command...)))
	}
	if c.port != 0 {
		body = append(body, k("PortMappings", list{obj{k("ContainerPort", num(c.port)), k("Protocol", str("tcp"))}}))
	}
	body = append(body, k("Environment", c.env.valueList()), k("Secrets", c.env.secretList()))
	var mounts list
	for i, path := range c.paths {
		mounts = append(mounts, obj{k("SourceVolume", str(volumeName(c.name, i))), k("ContainerPath", str(path)), k("ReadOnly", boolean(false))})
	}
	body = append(body, k("MountPoints", mounts))
	if len(c.health) > 0 {
		body = append(body, k("HealthCheck", obj{k("Command", strs(c.health...)), k("Interval", num(30)), k("Timeout", num(10)), k("Retries", num(3)), k("StartPeriod", num(120))}))
	}
	if c.stop > 0 {
		body = append(body, k("StopTimeout", num(c.stop)))
	}
	return append(body, s.logConfiguration(c))
}

func (s *stack) logConfiguration(c container) yamltree.Entry {
	return k("LogConfiguration", obj{k("LogDriver", str("awslogs")), k("Options", obj{
		k("awslogs-group", str(s.p.AWS.Names.LogGroup+c.logs)), k("awslogs-region", ref("AWS::Region")), k("awslogs-stream-prefix", str(c.name)),
	})})
}
