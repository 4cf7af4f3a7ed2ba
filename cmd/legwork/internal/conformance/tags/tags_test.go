package tags_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/tags"
)

func TestExpressions(t *testing.T) {
	for text, want := range map[string][]string{ // the sets of tags that hold
		"":                      {"", "@a", "@b", "@a @b", "@c"},
		"@a":                    {"@a", "@a @b"},
		"not @a":                {"", "@b", "@c"},
		"@a and @b":             {"@a @b"},
		"@a or @b":              {"@a", "@b", "@a @b"},
		"@a and not @b":         {"@a"},
		"@c or @a and @b":       {"@a @b", "@c"},
		"(@c or @a) and not @b": {"@a", "@c"},
		"not (@a or @b)":        {"", "@c"},
		"@a,@b":                 {"@a", "@b", "@a @b"},
		"@a && ~@b":             {"@a"},
		"not not @a AND @b":     {"@a @b"},
	} {
		e, err := tags.Parse(text)
		require.NoError(t, err, text)
		var got []string
		for _, set := range []string{"", "@a", "@b", "@a @b", "@c"} {
			if e.Holds(strings.Fields(set)) {
				got = append(got, set)
			}
		}
		require.Equal(t, want, got, text)
	}
	e, err := tags.Parse("@a and not (@b or @c)")
	require.NoError(t, err)
	require.Equal(t, []string{"@a", "@b", "@c"}, e.Named)
}

func TestBadExpressions(t *testing.T) {
	for text, want := range map[string]string{
		"transfer":   `"transfer" is no tag, which begins with @`,
		"@a and":     "a tag is missing at the end",
		"@a @b":      `"@b" stands where and, or, or the end was expected`,
		"(@a":        "a bracket is not closed",
		"@":          "is no tag",
		"not":        "a tag is missing",
		"@a or ) @b": "is no tag",
	} {
		_, err := tags.Parse(text)
		require.ErrorContains(t, err, want, text)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"@a and not @b", "(@a or @b)", "~@x,@y && @z", "((((", "not not not"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if e, err := tags.Parse(text); err == nil {
			e.Holds([]string{"@a"})
		}
	})
}
