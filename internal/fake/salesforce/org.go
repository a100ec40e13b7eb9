package fakesalesforce

import (
	"maps"
	"slices"
	"time"
)

// Record is one record, by the names of its fields.
type Record = map[string]any

// Field is a field of an object.
type Field struct {
	Name string
	// Type is Salesforce's: id, string, email, boolean, datetime, date, double,
	// int, address, …
	Type string
}

type object struct {
	name    string
	prefix  string // of its ids
	fields  []Field
	records []Record
}

// systemFields are those that every object has.
var systemFields = []Field{{"Id", "id"}, {"IsDeleted", "boolean"}, {"CreatedDate", "datetime"}, {"LastModifiedDate", "datetime"}, {"SystemModstamp", "datetime"}}

// contactFields are those of the standard object that people use. The compound
// field is why connectors read Contact by REST, unless it is hidden.
func contactFields() []Field {
	return append(slices.Clone(systemFields), []Field{{"AccountId", "reference"}, {"FirstName", "string"}, {"LastName", "string"}, {"Name", "string"},
		{"Email", "email"}, {"Phone", "phone"}, {"Title", "string"}, {"Department", "string"}, {"LeadSource", "picklist"}, {"Birthdate", "date"},
		{"HasOptedOutOfEmail", "boolean"}, {"MailingCity", "string"}, {"MailingCountry", "string"}, {"MailingAddress", "address"}}...)
}

// AddObject makes an object with these fields and those that every object has.
func (s *Server) AddObject(name string, fields ...Field) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := append(slices.Clone(systemFields), fields...)
	s.objects = append(s.objects, &object{name: name, prefix: string([]byte{'a', '0', byte('A' + len(s.objects))}), fields: all})
}

// AddField adds a field to an object.
func (s *Server) AddField(name string, f Field) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.mustHave(name)
	o.fields = append(o.fields, f)
}

// Hide takes fields away, as when the user may not see them or they were deleted.
func (s *Server) Hide(name string, fields ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.mustHave(name)
	o.fields = slices.DeleteFunc(o.fields, func(f Field) bool { return slices.Contains(fields, f.Name) })
}

// Insert adds a record and gives its id.
func (s *Server) Insert(name string, fields Record) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.mustHave(name)
	now := s.moment()
	r := Record{"Id": recordID(o.prefix, s.next()), "IsDeleted": false, "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
	maps.Copy(r, stored(fields))
	o.records = append(o.records, r)
	return r["Id"].(string)
}

// Update writes fields of a record.
func (s *Server) Update(name, id string, fields Record) { s.touch(name, id, fields) }

// Delete puts a record into the bin: queryAll still has it, with IsDeleted.
func (s *Server) Delete(name, id string) { s.touch(name, id, Record{"IsDeleted": true}) }

// Undelete takes a record out of the bin.
func (s *Server) Undelete(name, id string) { s.touch(name, id, Record{"IsDeleted": false}) }

// EmptyBin takes away all deleted records: nothing tells of them any more.
func (s *Server) EmptyBin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.objects {
		o.records = slices.DeleteFunc(o.records, func(r Record) bool { return r["IsDeleted"] == true })
	}
}

// Records are those of an object, in the order in which they came, deleted ones
// included.
func (s *Server) Records(name string) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Record
	for _, r := range s.mustHave(name).records {
		all = append(all, maps.Clone(r))
	}
	return all
}

func (s *Server) touch(name, id string, fields Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.mustHave(name).records {
		if r["Id"] == id {
			changed := maps.Clone(r)
			changed["LastModifiedDate"], changed["SystemModstamp"] = s.moment(), s.moment()
			maps.Copy(changed, stored(fields))
			s.mustHave(name).records[i] = changed
			return
		}
	}
	panic("there is no record " + id)
}

// stored is what Salesforce keeps: an empty text is NULL.
func stored(fields Record) Record {
	out := maps.Clone(fields)
	for k, v := range out {
		if v == "" {
			out[k] = nil
		}
	}
	return out
}

const timeForm = "2006-01-02T15:04:05.000Z"

// moment is now, as Salesforce writes times.
func (s *Server) moment() string { return s.Now().UTC().Truncate(time.Millisecond).Format(timeForm) }

// find is called with the lock held; nil where there is no such object.
func (s *Server) find(name string) *object {
	for _, o := range s.objects {
		if o.name == name {
			return o
		}
	}
	return nil
}

func (s *Server) mustHave(name string) *object {
	o := s.find(name)
	if o == nil {
		panic("there is no object " + name)
	}
	return o
}

func (o *object) field(name string) (Field, bool) {
	for _, f := range o.fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// value is a field of a record; false stands for what was never set of a
// boolean, which is never NULL at Salesforce.
func (o *object) value(r Record, f Field) any {
	v := r[f.Name]
	if v == nil && f.Type == "boolean" {
		return false
	}
	return v
}
