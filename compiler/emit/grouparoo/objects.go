package grouparoo

// The objects of Grouparoo's configuration, as 0.5.1 reads them. A key that it
// does not know is refused.

type app struct {
	Class   string         `json:"class"`
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Type    string         `json:"type"`
	Options map[string]any `json:"options"`
}

type source struct {
	Class   string            `json:"class"`
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	AppID   string            `json:"appId"`
	Options map[string]string `json:"options"`
	Mapping map[string]string `json:"mapping"` // column to the unique property
}

type schedule struct {
	Class     string            `json:"class"`
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	SourceID  string            `json:"sourceId"`
	Recurring bool              `json:"recurring"`
	Frequency int               `json:"recurringFrequency,omitempty"` // milliseconds
	Options   map[string]string `json:"options"`
}

type property struct {
	Class       string            `json:"class"`
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	SourceID    string            `json:"sourceId"`
	Unique      bool              `json:"unique"`
	Identifying bool              `json:"identifying"`
	IsArray     bool              `json:"isArray"`
	Options     map[string]string `json:"options"`
}

type group struct {
	Class string `json:"class"`
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Rules []rule `json:"rules"`
}

type rule struct {
	PropertyID string            `json:"propertyId"`
	Operation  map[string]string `json:"operation"`
	Match      string            `json:"match"`
}

type destination struct {
	Class   string         `json:"class"`
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Type    string         `json:"type"`
	AppID   string         `json:"appId"`
	GroupID string         `json:"groupId"`
	Mode    string         `json:"syncMode,omitempty"` // none where the plugin has no modes
	Options map[string]any `json:"options"`
	// Mapping is field of the destination to property, Tags tag to group.
	Mapping map[string]string `json:"mapping"`
	Tags    map[string]string `json:"destinationGroupMemberships"`
}

type setting struct {
	Class  string `json:"class"`
	ID     string `json:"id"`
	Plugin string `json:"pluginName"`
	Key    string `json:"key"`
	Value  string `json:"value"`
}

type team struct {
	Class   string          `json:"class"`
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Options map[string]bool `json:"options"`
}
