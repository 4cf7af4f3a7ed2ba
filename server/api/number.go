package api

import (
	"slices"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"

	"github.com/legworkhq/legwork/server/store"
)

// Numbers are the keys under which calls with a number may be found that somebody wrote
// in any usual way, in a region such as "US": with or without country code, with
// brackets, dots and dashes, with 00 or 011 for the plus; or a short number.
func Numbers(text, region string) []string {
	dialled := store.Dialled(text)
	if dialled == "" {
		return nil
	}
	out := []string{dialled}
	if !strings.HasPrefix(dialled, "+") {
		out = append(out, "+"+dialled) // the plus is lost in URLs and spreadsheets
	}
	for _, t := range []string{text, "+" + strings.TrimPrefix(dialled, "00")} {
		n, err := phonenumbers.Parse(t, region)
		if err == nil && phonenumbers.IsPossibleNumber(n) {
			out = append(out, phonenumbers.Format(n, phonenumbers.E164))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isNumber: what a person typed, or copied from a link, is a number rather than a name or
// an id.
func isNumber(text string) bool {
	digits := 0
	for _, r := range strings.TrimPrefix(strings.ToLower(text), "tel:") {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !unicode.In(r, unicode.Zs, unicode.Pd) && !strings.ContainsRune("+.()/*#", r):
			return false
		}
	}
	return digits >= 2
}

// isRegion: numbers can be read as people there write them.
func isRegion(name string) bool { return phonenumbers.GetCountryCodeForRegion(name) != 0 }
