package cfn

// dbt is the scheduled run of dbt, and the alarm for one that fails.
func dbt(s *stack) {
	e := environment{
		values: []variable{
			{"DBT_TARGET_PATH", str("/tmp/target")}, {"DBT_LOG_PATH", str("/tmp/logs")},
			{"DBT_SEND_ANONYMOUS_USAGE_STATS", str("false")}, {"HOME", str("/tmp")},
		},
		parameters: []parameterSecret{{DbtPrivateKeyVariable, s.p.Params().Snowflake.DbtKey}},
	}
	s.group("dbt: one task a run")
	s.executionRole(dbtRole, "dbt", s.p.AWS.Names.RepoDbt, dbtLogs, e)
	s.taskDefinition(task{id: dbtTask, family: dbtFamily, cpu: 1024, memory: 2048, execution: dbtRole, containers: []container{{
		name: "dbt", image: ref(ParamDbtImage), logs: dbtLogs, env: e, paths: WritablePaths,
	}}})
	s.output(OutDbtTask, "Task of a dbt run", ref(dbtTask))
	s.output(OutDbtGroup, "Security group of a dbt run", att(dbtGroup, "GroupId"))
	if !s.p.Transform.Schedule.Manual {
		schedule(s)
	}
	dbtFailures(s)
}

const dbtFamily = "dbt"

func (s *stack) dbtFamilyARN() string {
	return arnText("ecs", "task-definition/${AWS::StackName}-"+dbtFamily+":")
}

func schedule(s *stack) {
	s.group("When dbt runs")
	s.role("ScheduleRole", "Starts the dbt run", trust("scheduler.amazonaws.com", sameAccount()),
		statement{sid: "RunDbt", actions: []string{"ecs:RunTask"}, resources: []node{sub(s.dbtFamilyARN() + "*")},
			conditions: condition("ArnEquals", k("ecs:cluster", att(clusterID, "Arn")))},
		statement{sid: "TagDbtRun", actions: []string{"ecs:TagResource"}, resources: []node{arn("ecs", "task/${"+clusterID+"}/*")},
			conditions: condition("StringEquals", k("ecs:CreateAction", str("RunTask")))},
		statement{sid: "PassItsRoles", actions: []string{"iam:PassRole"}, resources: []node{att(dbtRole, "Arn"), att(taskRole, "Arn")},
			conditions: condition("StringEquals", k("iam:PassedToService", str("ecs-tasks.amazonaws.com")))},
	)
	s.add("ScheduleGroup", "AWS::Scheduler::ScheduleGroup", obj{k("Name", str(s.p.AWS.Names.ScheduleGroup)), s.tags()})
	s.add("Schedule", "AWS::Scheduler::Schedule", obj{
		k("Description", str("Runs dbt for "+s.p.Prefix)), k("GroupName", ref("ScheduleGroup")), k("State", ref(ParamScheduleState)),
		k("ScheduleExpression", str(s.p.Transform.Schedule.EventBus)), k("ScheduleExpressionTimezone", str(s.p.Transform.Schedule.TZ)),
		k("FlexibleTimeWindow", obj{k("Mode", str("OFF"))}),
		k("Target", obj{
			k("Arn", att(clusterID, "Arn")), k("RoleArn", att("ScheduleRole", "Arn")),
			k("EcsParameters", obj{
				k("TaskDefinitionArn", ref(dbtTask)), k("TaskCount", num(1)), k("LaunchType", str("FARGATE")),
				k("PropagateTags", str("TASK_DEFINITION")),
				k("NetworkConfiguration", obj{k("AwsvpcConfiguration", s.awsvpc(att(dbtGroup, "GroupId")))}),
			}),
			k("RetryPolicy", obj{k("MaximumEventAgeInSeconds", num(600)), k("MaximumRetryAttempts", num(3))}),
		}),
	})
	s.alarm(alarm{id: "ScheduleAlarm", says: "the dbt run could not be started", namespace: "AWS/Scheduler", metric: "TargetErrorCount",
		dimensions: obj{dimension("ScheduleGroup", ref("ScheduleGroup"))}, statistic: "Sum", minutes: 5, periods: 1, missing: "notBreaching"})
}

// dbtFailures tells the alert topic of each run that ends in an error, or does
// not begin.
func dbtFailures(s *stack) {
	s.group("A dbt run that fails")
	s.add("DbtFailed", "AWS::Events::Rule", obj{
		k("Description", str("A dbt run of "+s.p.Prefix+" failed")), k("State", str("ENABLED")),
		k("EventPattern", obj{
			k("source", strs("aws.ecs")), k("detail-type", strs("ECS Task State Change")),
			k("detail", obj{
				k("clusterArn", list{att(clusterID, "Arn")}), k("lastStatus", strs("STOPPED")),
				k("taskDefinitionArn", list{obj{k("prefix", sub(s.dbtFamilyARN()))}}),
				k("$or", list{
					obj{k("containers", obj{k("exitCode", list{obj{k("anything-but", list{num(0)})}})})},
					obj{k("stopCode", strs("TaskFailedToStart"))},
				}),
			}),
		}),
		k("Targets", list{obj{
			k("Id", str("alerts")), k("Arn", s.foundation(OutTopic)),
			k("InputTransformer", obj{
				k("InputPathsMap", obj{k("reason", str("$.detail.stoppedReason")), k("task", str("$.detail.taskArn"))}),
				k("InputTemplate", str(`"`+s.p.Prefix+`: a dbt run failed: <reason> (<task>)"`)),
			}),
		}}), s.tags(),
	})
}
