package config

import (
	"encoding/json"
	"strings"
)

type object = map[string]any

// Schema is the JSON Schema of the file, for editors.
func Schema() []byte {
	root := closed(object{})
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Configuration of legwork serve"
	defaults := Default()
	for i := range settings {
		s := &settings[i]
		v := s.at(defaults)
		one := v.schema()
		one["description"] = help(s)
		if !isList(v) && v.String() != "" {
			one["default"] = typed(one, v.String())
		}
		place(root, s.key)[last(s.key)] = one
	}
	members := root["properties"].(object)
	members["tenants"] = object{"type": "array", "items": tenantSchema()}
	members["tokens"] = object{"type": "array", "items": tokenSchema()}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // of maps and strings
	}
	return append(text, '\n')
}

// typed is a default as JSON has it.
func typed(schema object, s string) any {
	if schema["type"] == "boolean" || schema["type"] == "integer" {
		return json.RawMessage(s)
	}
	return s
}

func closed(properties object) object {
	return object{"type": "object", "additionalProperties": false, "properties": properties}
}

// place finds the members of the object in which a key stands, made when missing.
func place(in object, key string) object {
	members := in["properties"].(object)
	group, rest, deeper := strings.Cut(key, ".")
	if !deeper {
		return members
	}
	if members[group] == nil {
		members[group] = closed(object{})
	}
	return place(members[group].(object), rest)
}

func last(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// help is a setting's, without the marks of its placeholder.
func help(s *setting) string { return strings.ReplaceAll(s.help, "`", "") }

// either adds the three members that a secret is given by.
func either(members object, name, about string) object {
	members[name] = object{"type": "string", "description": about}
	members[name+"File"] = object{"type": "string", "description": "a file with it; relative to this one, or to $CREDENTIALS_DIRECTORY"}
	members[name+"Env"] = object{"type": "string", "description": "an environment variable with it"}
	return members
}

func tenantSchema() object {
	notices := closed(either(object{
		"url":   object{"type": "string", "format": "uri", "description": "where notices are posted"},
		"kinds": object{"type": "array", "items": object{"enum": noticeKinds}, "description": "which; without, all but call.updated"},
	}, "secret", "signs the notices: whsec_ and at least 24 bytes in base64"))
	notices["required"] = []string{"url"}
	t := closed(either(object{
		"name":    object{"type": "string", "pattern": goodName.String(), "description": "stands in URLs"},
		"scope":   object{"enum": scopes, "default": scopes[0], "description": "what the subscription sees"},
		"region":  object{"type": "string", "pattern": regionName.String(), "description": "the country whose national numbers are understood"},
		"open":    object{"type": "boolean", "default": false, "description": "take what anybody posts"},
		"notices": notices,
	}, "token", "the subscription's verification token"))
	t["required"] = []string{"name"}
	return t
}

func tokenSchema() object {
	t := closed(either(object{
		"name":   object{"type": "string", "pattern": goodName.String()},
		"role":   object{"enum": roles, "description": "ingest posts notifications, read sees calls, admin does everything"},
		"tenant": object{"type": "string", "description": "the only tenant it is good for"},
	}, "token", "what is sent as Authorization: Bearer"))
	t["required"] = []string{"name", "role"}
	return t
}
