package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkJinja: what a SQL model reads can be seen without running its Jinja
// (TAP323), and its settings stand in the pipeline file (TAP324).
func checkJinja(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if !hasOneBody(m) {
			continue
		}
		for _, f := range m.JinjaFaults {
			add(jinjaFault(m, f))
		}
	}
}

const seenBefore = "What a model reads has to be known before dbt runs: the order of the models, their lineage and their personal data hang on it. "

func jinjaFault(m *resolve.Model, f resolve.JinjaFault) diag.Diagnostic {
	switch f.Kind {
	case resolve.ConfigCall:
		d := problem(ConfigInSQL, f.Span, "the SQL of the model %s has settings of dbt in it", quote(m.Name))
		d.Detail = "They stand with the model in the pipeline file: materialized, unique_by, description, data_tests. Others, such as schema, alias or enabled, would part the table from its grants and its readers. Remove config()."
		return d
	case resolve.NotClosed:
		d := problem(DynamicJinja, f.Span, "the SQL of the model %s opens %s and does not close it", quote(m.Name), f.Name)
		d.Detail = "Close it with " + map[string]string{"{{": "}}", "{%": "%}", "{#": "#}"}[f.Name] + "."
		return d
	case resolve.NotLiteral:
		d := problem(DynamicJinja, f.Span, "%s in the SQL of the model %s takes nothing but texts", f.Name, quote(m.Name))
		d.Detail = seenBefore + "Write it out: " + map[string]string{"ref": "ref('model')", "source": "source('source', 'stream')"}[f.Name] +
			". Where it is one or the other, write both between {% if … %} and {% else %}."
		return d
	}
	d := problem(DynamicJinja, f.Span, "%s cannot be used in the SQL of the model %s", quote(f.Name), quote(m.Name))
	d.Suggest = nearest(f.Name, resolve.JinjaWords)
	d.Detail = seenBefore + "So its Jinja may use ref() and source() of texts, this, is_incremental(), target, names of its own {% set %} and {% for %}, {% if %}, filters, and the macros of dbt that only write SQL, such as dbt.dateadd()."
	return d
}
