package cfn

import "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"

// statement is one statement of a policy.
type statement struct {
	sid        string
	deny       bool
	principal  node // of resource policies and trust policies
	actions    []string
	resources  []node // none in a trust policy
	conditions obj
	why        string // comment above it
}

func (st statement) tree() node {
	effect := "Allow"
	if st.deny {
		effect = "Deny"
	}
	body := obj{k("Sid", str(st.sid)), k("Effect", str(effect))}
	if st.principal != nil {
		body = append(body, k("Principal", st.principal))
	}
	body = append(body, k("Action", strs(st.actions...)))
	if len(st.resources) > 0 {
		body = append(body, k("Resource", list(st.resources)))
	}
	if len(st.conditions) > 0 {
		body = append(body, k("Condition", st.conditions))
	}
	if st.why != "" {
		return because(st.why, body)
	}
	return body
}

func policyDocument(statements ...statement) obj {
	var items list
	for _, st := range statements {
		items = append(items, st.tree())
	}
	return obj{k("Version", str("2012-10-17")), k("Statement", items)}
}

// everything is the resource "*". Each use says why nothing narrower can be
// said; a test holds the list of them.
func everything() []node { return []node{str("*")} }

// sameAccount keeps a service from being used by another account to reach us.
func sameAccount() obj {
	return condition("StringEquals", k("aws:SourceAccount", ref("AWS::AccountId")))
}

func condition(operator string, entries ...yamltree.Entry) obj {
	return obj{k(operator, obj(entries))}
}

// trust lets a service take a role.
func trust(serviceName string, conditions obj) obj {
	return policyDocument(statement{sid: "Trust", principal: service(serviceName), actions: []string{"sts:AssumeRole"}, conditions: conditions})
}

// role adds a role that may do what the statements say, or nothing.
func (s *stack) role(id, description string, trusted obj, statements ...statement) {
	properties := obj{k("Description", str(description)), k("AssumeRolePolicyDocument", trusted)}
	if len(statements) > 0 {
		properties = append(properties, k("Policies", list{obj{k("PolicyName", str("only-what-it-needs")), k("PolicyDocument", policyDocument(statements...))}}))
	}
	s.add(id, "AWS::IAM::Role", append(properties, s.tags()))
}
