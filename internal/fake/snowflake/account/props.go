package account

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"net/netip"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// shape reads the value of a property, refuses what cannot be one, and gives it
// as it is stored.
type shape func(p *parser, property string) string

// shapes are the properties of one kind of object.
type shapes map[string]shape

func text(p *parser, _ string) string { return p.text() }

func boolean(p *parser, property string) string {
	return oneOf("TRUE", "FALSE")(p, property)
}

func number(p *parser, property string) string {
	if p.take("NULL") {
		return "NULL"
	}
	return p.number()
}

// oneOf takes a word or a string, in any case.
func oneOf(values ...string) shape {
	return func(p *parser, property string) string {
		t := p.peek()
		if t.Kind != lex.Word && t.Kind != lex.String {
			p.unexpected()
			return ""
		}
		value := strings.ToUpper(t.Text)
		for _, v := range values {
			if value == v {
				p.next()
				return v
			}
		}
		p.fail(invalidValue(p.sql[t.Start:t.End], property))
		return ""
	}
}

// named takes an identifier, as such or in a string.
func named(p *parser, property string) string {
	t := p.peek()
	if t.Kind == lex.String {
		p.next()
		n, err := ParseName(t.Text)
		if err != nil {
			p.fail(invalidValue("'"+t.Text+"'", property))
			return ""
		}
		return n.String()
	}
	return p.name().String()
}

func texts(p *parser, _ string) string { return strings.Join(p.list(p.text), ",") }

func secondaryRoles(p *parser, property string) string {
	return strings.Join(p.list(func() string { return oneOf("ALL")(p, property) }), ",")
}

// ruleNames is a list of qualified names in strings or as such.
func ruleNames(p *parser, property string) string {
	return strings.Join(p.list(func() string { return named(p, property) }), ",")
}

// addresses is a list of addresses and ranges.
func addresses(p *parser, property string) string {
	return strings.Join(p.list(func() string {
		value := p.text()
		if _, err := network(value); err != nil && p.err == nil {
			p.fail(invalidValue("'"+value+"'", property))
		}
		return value
	}), ",")
}

// network reads an address, or a range of them.
func network(value string) (netip.Prefix, error) {
	if strings.Contains(value, "/") {
		return netip.ParsePrefix(value)
	}
	address, err := netip.ParseAddr(value)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}

// nested takes properties in parentheses and stores them as NAME=value lines.
func nested(inner shapes) shape {
	return func(p *parser, property string) string {
		p.want("(")
		props := p.properties(property, inner, ")")
		p.want(")")
		var lines []string
		for _, name := range sortedKeys(props) {
			lines = append(lines, name+"="+props[name])
		}
		return strings.Join(lines, "\n")
	}
}

// inner gives one of the properties that nested has stored.
func inner(stored, name string) string {
	for line := range strings.SplitSeq(stored, "\n") {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return value
		}
	}
	return ""
}

// publicKey takes what is between the marks of a PEM file.
func publicKey(p *parser, property string) string {
	value := p.text()
	if p.err == nil {
		if _, err := parseKey(value); err != nil {
			p.fail(&Error{"390310", "22023", "SQL execution error: New public key rejected by current policy. Reason: 'Invalid public key'"})
		}
	}
	return strings.Join(strings.Fields(value), "")
}

func parseKey(value string) (*rsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	pub, ok := key.(*rsa.PublicKey)
	if !ok || pub.N.BitLen() < 2048 {
		return nil, rsa.ErrVerification
	}
	return pub, nil
}

// properties reads NAME = value, with or without commas, up to the sign stop or
// the end.
func (p *parser) properties(kind string, known shapes, stop string) map[string]string {
	props := map[string]string{}
	for p.err == nil && p.peek().Kind != lex.End && (stop == "" || !p.is(stop)) {
		t := p.peek()
		if t.Kind != lex.Word {
			p.unexpected()
			break
		}
		read := known[t.Text]
		if read == nil {
			if !p.ahead(1).IsSign("=") {
				p.unexpected()
			} else {
				p.fail(invalidProperty(t.Text, kind))
			}
			break
		}
		if _, twice := props[t.Text]; twice {
			p.fail(compilation("001059", "42601", "duplicate property '%s'", t.Text))
			break
		}
		p.next()
		p.want("=")
		props[t.Text] = read(p, t.Text)
		p.take(",")
	}
	return props
}

// unset reads the names of properties.
func (p *parser) unset(kind string, known shapes) []string {
	var out []string
	for p.err == nil {
		t := p.peek()
		if t.Kind != lex.Word {
			p.unexpected()
			break
		}
		if known[t.Text] == nil {
			p.fail(invalidProperty(t.Text, kind))
			break
		}
		out = append(out, t.Text)
		p.next()
		p.take(",")
		if p.peek().Kind == lex.End {
			break
		}
	}
	return out
}
