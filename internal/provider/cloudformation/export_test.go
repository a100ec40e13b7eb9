package cloudformation

// Unexpected is what is worse in a change set than in a plan.
var Unexpected = unexpected
