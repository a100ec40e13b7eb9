package check

// LongestNames gives the most characters of each kind of name.
func LongestNames() map[string]int {
	return map[string]int{"pipeline": pipelineNameLimit, "source": sourceName.most, "stream": streamName.most, "model": modelName.most,
		"column": modelColumnName.most, "destination": destinationName.most, "sync": syncName.most, "environment": environmentName.most}
}
