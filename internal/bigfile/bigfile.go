package bigfile

import (
	"bytes"
	"fmt"
)

// groupSize is how many entities a group has: a source with three streams, three
// models, three syncs.
const groupSize = 10

const head = `version: 1
name: bench
aws:
  region: us-east-1
snowflake:
  account: rainshield-bench
`

// Generate gives a file with n entities; n is rounded up to a multiple of 10.
// There are about 9.3 lines to an entity.
func Generate(n int) []byte {
	groups := max(1, (n+groupSize-1)/groupSize)
	var b bytes.Buffer
	b.WriteString(head)
	b.WriteString("sources:\n")
	for g := range groups {
		writeSource(&b, g)
	}
	b.WriteString("models:\n")
	for g := range groups {
		for i := range 3 {
			writeModel(&b, groups, g, i)
		}
	}
	b.WriteString("destinations:\n  mailchimp:\n    config:\n      api_key: ${secret.MAILCHIMP_API_KEY}\n    syncs:\n")
	for g := range groups {
		for i := range 3 {
			writeSync(&b, g, i)
		}
	}
	return b.Bytes()
}

func kindOf(group int) kind { return kinds[group%len(kinds)] }

func sourceName(group int) string { return fmt.Sprintf("source_%05d", group) }

func modelName(group, i int) string { return fmt.Sprintf("people_%05d_%d", group, i) }

func writeSource(b *bytes.Buffer, group int) {
	fmt.Fprintf(b, "  %s:\n", sourceName(group))
	writeLines(b, "    ", kindOf(group).lines)
	b.WriteString("    streams:\n")
	for _, s := range kindOf(group).streams {
		fmt.Fprintf(b, "      %s:\n", s.name)
		writeLines(b, "        ", s.lines)
	}
}

func writeLines(b *bytes.Buffer, indent string, lines []string) {
	for _, line := range lines {
		b.WriteString(indent + line + "\n")
	}
}

// writeModel unites a stream of the group with another one of the next group:
// over the whole file each stream is read twice.
func writeModel(b *bytes.Buffer, groups, group, i int) {
	fmt.Fprintf(b, "  %s:\n    description: One row per person, number %d of group %d.\n    union:\n", modelName(group, i), i, group)
	writeInput(b, group, i)
	writeInput(b, (group+1)%groups, (i+1)%3)
	b.WriteString("    unique_by: email\n    merge: first_row\n    data_tests: {email: [not_null, unique]}\n")
}

func writeInput(b *bytes.Buffer, group, i int) {
	s := kindOf(group).streams[i]
	fmt.Fprintf(b, "      - from: %s.%s\n        columns: %s\n        order_by: %s\n", sourceName(group), s.name, s.columns, s.order)
}

// writeSync sends the group's first model as a mirror, the others as
// additions, one of them with a tag.
func writeSync(b *bytes.Buffer, group, i int) {
	model := modelName(group, i)
	fmt.Fprintf(b, "      %s:\n        model: %s\n        to: {list: a%05d%d}\n", model, model, group, i)
	b.WriteString("        key: {email_address: email}\n        fields: {FNAME: first_name, LNAME: last_name}\n")
	b.WriteString("        allow_pii: [email, first_name, last_name]\n")
	switch i {
	case 0:
		b.WriteString("        where: last_name is not null\n        mode: mirror\n        on_removed: archive\n")
		b.WriteString("        guard: {max_removals: 10%, min_rows: 1}\n")
	case 1:
		b.WriteString("        tags: [customers]\n")
	}
}
