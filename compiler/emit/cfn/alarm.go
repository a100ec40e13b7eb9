package cfn

import "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"

// alarm tells the alert topic when a metric is over (or under) its threshold
// for so many periods, and when it is well again.
type alarm struct {
	id, says          string
	namespace, metric string
	dimensions        obj // name → value
	statistic         string
	under             bool // the threshold is a lower one
	threshold         int64
	limit             node   // in place of threshold, where only the stack knows it
	minutes, periods  int64  // length and number of periods
	missing           string // what no data means: breaching, notBreaching, ignore
	actions           []node // beside the topic
}

func (s *stack) alarm(a alarm) {
	operator := "GreaterThanThreshold"
	if a.under {
		operator = "LessThanThreshold"
	}
	var dimensions list
	for _, d := range a.dimensions {
		dimensions = append(dimensions, obj{k("Name", str(d.Key)), k("Value", d.Value)})
	}
	if a.limit == nil {
		a.limit = num(a.threshold)
	}
	topic := s.foundation(OutTopic)
	s.add(a.id, "AWS::CloudWatch::Alarm", obj{
		k("AlarmDescription", str(s.p.Prefix+": "+a.says)),
		k("Namespace", str(a.namespace)), k("MetricName", str(a.metric)), k("Dimensions", dimensions),
		k("Statistic", str(a.statistic)), k("ComparisonOperator", str(operator)), k("Threshold", a.limit),
		k("Period", num(60*a.minutes)), k("EvaluationPeriods", num(a.periods)),
		k("TreatMissingData", str(a.missing)),
		k("AlarmActions", append(list{topic}, a.actions...)), k("OKActions", list{topic}),
		s.tags(),
	})
}

func dimension(name string, value node) yamltree.Entry { return k(name, value) }
