package observed

import (
	"encoding/json"
	"slices"
	"strings"
)

// SaidFacts lists what calls say at all, in the order of FactNames.
func SaidFacts(calls []Call) (out []string) {
	said := map[string]bool{}
	for i := range calls {
		for key, v := range object(&calls[i]) {
			said[key] = true
			parts, _ := v.([]any)
			for _, p := range parts {
				m, _ := p.(map[string]any)
				switch key {
				case "legs":
					for name := range m {
						said["legs."+name] = name != "party"
					}
				case "links":
					kind, _ := m["kind"].(string)
					said["links."+kind] = true
				}
			}
		}
	}
	for _, n := range FactNames() {
		if said[n] {
			out = append(out, n)
		}
	}
	return out
}

// Restrict leaves of calls what the facts name: what is declared, else what is said. The
// sessions always stay.
func Restrict(calls []Call, facts []string) []map[string]any {
	f := Facts{facts}
	out := make([]map[string]any, 0, len(calls))
	for i := range calls {
		all := object(&calls[i])
		kept := map[string]any{"sessions": all["sessions"]}
		for key, v := range all {
			switch {
			case len(facts) == 0 || slices.Contains(facts, key) && key != "legs":
				kept[key] = v
			case key == "legs" && (f.within("legs") || f.asks("legs")):
				kept[key] = legsOf(v, f)
			case key == "links" && f.within("links"):
				kept[key] = linksOf(v, f)
			}
		}
		out = append(out, kept)
	}
	return out
}

// legsOf leaves the declared fields of legs; legs alone stands for all.
func legsOf(v any, f Facts) any {
	some := f.within("legs")
	parts, _ := v.([]any)
	out := []any{}
	for _, p := range parts {
		m, _ := p.(map[string]any)
		kept := map[string]any{}
		for name, x := range m {
			if name == "party" || !some || f.asks("legs."+name) {
				kept[name] = x
			}
		}
		out = append(out, kept)
	}
	return out
}

func linksOf(v any, f Facts) any {
	parts, _ := v.([]any)
	out := []any{}
	for _, p := range parts {
		m, _ := p.(map[string]any)
		kind, _ := m["kind"].(string)
		if f.asks("links."+kind) || strings.HasPrefix(kind, Transfer) && f.asks("links."+Transfer) {
			out = append(out, p)
		}
	}
	return out
}

func object(c *Call) map[string]any {
	out := map[string]any{}
	b, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic(err) // a Call can always be written and read
	}
	return out
}
