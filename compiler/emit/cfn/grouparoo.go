package cfn

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

const webHealth = "/api/v1/status/public"

// health is the image's own check, which knows the web page from the workers.
// ECS does not read it from the image.
var health = []string{"CMD", "node", "health.js"}

// grouparooTasks is the web and the worker task: one image, one environment,
// told apart by two variables.
func grouparooTasks(s *stack, state environment) {
	e := state.with(
		variable{"GROUPAROO_TELEMETRY_ENABLED", str("false")},
		variable{"PORT", str(itoa(webPort))},
	)
	e.parameters = append(e.parameters,
		parameterSecret{"SERVER_TOKEN", s.p.Params().Grouparoo.ServerToken},
		parameterSecret{grouparoo.EnvName(grouparoo.SnowflakeToken), s.p.Params().Snowflake.GrouparooToken},
	)
	for _, secret := range destinationSecrets(s.p) {
		e.parameters = append(e.parameters, parameterSecret{grouparoo.EnvName(secret.Name), secret.Param})
	}
	web := e.withParameters(
		// Who may sign in to the pages; without the two nobody may.
		parameterSecret{"GROUPAROO_ADMIN_EMAIL", s.p.Params().Grouparoo.AdminEmail},
		parameterSecret{"GROUPAROO_ADMIN_PASSWORD", s.p.Params().Grouparoo.AdminPassword},
	)
	s.group("What the tasks may do: nothing themselves. ECS reads for them exactly the secrets that they are given.")
	s.role(taskRole, "Tasks may do nothing in AWS", trust("ecs-tasks.amazonaws.com", sameAccount()))
	s.executionRole(webRole, "Grouparoo's web service", s.p.AWS.Names.RepoGrouparoo, grouparooLogs, web)
	s.executionRole(grouparooRole, "Grouparoo", s.p.AWS.Names.RepoGrouparoo, grouparooLogs, e)

	s.group("Grouparoo: the web service shows, the workers work.")
	image := ref(ParamGrouparooImage)
	s.taskDefinition(task{id: webTask, family: "web", cpu: 512, memory: 1024, execution: webRole, containers: []container{{
		name: "web", image: image, logs: grouparooLogs, paths: WritablePaths, port: webPort, health: health,
		env: web.with(variable{"WEB_SERVER", str("true")}, variable{"WORKERS", str("0")}),
	}}})
	s.taskDefinition(task{id: workerTask, family: "worker", cpu: 1024, memory: 2048, execution: grouparooRole, containers: []container{{
		name: "worker", image: image, logs: grouparooLogs, paths: WritablePaths, stop: 120, health: health,
		env: e.with(variable{"WEB_SERVER", str("false")}, variable{"WORKERS", str("10")}),
	}}})
}

// services keeps the two tasks running.
func services(s *stack) {
	after := []string{}
	if s.p.Sync.Data == ir.Containers {
		after = append(after, stateService)
	}
	web := serviceProperties(s, webTask, 100, 200, att(grouparooGroup, "GroupId"), s.foundation(OutConsoleGroup))
	web = append(web, k("DesiredCount", num(1)))
	if s.balanced(s.p.Sync.Access) {
		after = append(after, balancerListener)
		web = append(web, k("HealthCheckGracePeriodSeconds", num(180)), k("LoadBalancers", list{obj{
			k("ContainerName", str("web")), k("ContainerPort", num(webPort)), k("TargetGroupArn", ref(balancerTargets)),
		}}))
	}
	s.group("Services. A release that does not come up is rolled back.")
	if len(after) > 0 {
		s.add(webService, "AWS::ECS::Service", append(web, s.tags()), dependsOn(after...))
	} else {
		s.add(webService, "AWS::ECS::Service", append(web, s.tags()))
	}
	s.output(OutWebService, "Grouparoo's web service", att(webService, "Name"))
	s.group("The number of workers is the autoscaler's, so the service does not say one. They start after the web\n" +
		"service, which brings the database up to date.")
	s.add(workerService, "AWS::ECS::Service", append(serviceProperties(s, workerTask, 100, 200, att(grouparooGroup, "GroupId")), s.tags()), dependsOn(webService))
	s.output(OutWorkerService, "Grouparoo's workers", att(workerService, "Name"))
	autoscaling(s)
}

func serviceProperties(s *stack, taskID string, minimum, maximum int64, groups ...node) obj {
	return obj{
		k("Cluster", ref(clusterID)), k("TaskDefinition", ref(taskID)), k("LaunchType", str("FARGATE")), k("PlatformVersion", str("LATEST")),
		k("NetworkConfiguration", obj{k("AwsvpcConfiguration", s.awsvpc(groups...))}),
		k("DeploymentConfiguration", obj{
			k("MinimumHealthyPercent", num(minimum)), k("MaximumPercent", num(maximum)),
			k("DeploymentCircuitBreaker", obj{k("Enable", boolean(true)), k("Rollback", boolean(true))}),
		}),
		k("PropagateTags", str("SERVICE")), k("EnableECSManagedTags", boolean(true)), k("EnableExecuteCommand", boolean(false)),
	}
}

func (s *stack) awsvpc(groups ...node) obj {
	return obj{k("Subnets", s.privateSubnets()), k("SecurityGroups", list(groups)), k("AssignPublicIp", str("DISABLED"))}
}

func autoscaling(s *stack) {
	s.add("WorkerScaling", "AWS::ApplicationAutoScaling::ScalableTarget", obj{
		k("ServiceNamespace", str("ecs")), k("ScalableDimension", str("ecs:service:DesiredCount")),
		k("ResourceId", sub("service/${"+clusterID+"}/${"+workerService+".Name}")),
		k("MinCapacity", ref(ParamWorkerMinimum)), k("MaxCapacity", ref(ParamWorkerMaximum)), s.tags(),
	})
	s.add("WorkerScalingPolicy", "AWS::ApplicationAutoScaling::ScalingPolicy", obj{
		k("PolicyName", str("cpu")), k("PolicyType", str("TargetTrackingScaling")), k("ScalingTargetId", ref("WorkerScaling")),
		k("TargetTrackingScalingPolicyConfiguration", obj{
			k("PredefinedMetricSpecification", obj{k("PredefinedMetricType", str("ECSServiceAverageCPUUtilization"))}),
			k("TargetValue", num(60)), k("ScaleInCooldown", num(600)), k("ScaleOutCooldown", num(60)),
		}),
	})
}
