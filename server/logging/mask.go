package logging

import (
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Number is a phone number. However it is printed, all but its last two digits are
// masked, unless a Handler was told to write numbers.
type Number string

// Name is somebody's name, masked as a whole.
type Name string

// String is the number, masked.
func (n Number) String() string { return maskDigits(string(n), 2) }

// String is "***", or "" for no name.
func (n Name) String() string {
	if n == "" {
		return ""
	}
	return "***"
}

// LogValue implements slog.LogValuer.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.String()) }

// LogValue implements slog.LogValuer.
func (n Name) LogValue() slog.Value { return slog.StringValue(n.String()) }

// MarshalText masks too.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// MarshalText masks too.
func (n Name) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// minDigits is how many digits look like a phone number.
const minDigits = 7

// What has digits and is no number comes first: uuids, ids of sessions and parties,
// fencing tokens, which are longer than any phone number, addresses, dates; then runs of
// digits, however they are grouped.
var pattern = regexp.MustCompile(`(?i)` +
	`(?P<uuid>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)` +
	`|(?P<id>\b[sp]-[0-9a-z]*[0-9][a-z][0-9a-z]*(?:-\d{1,3}\b|\b))` +
	`|(?P<token>\btoken \d{17,20}\b)` +
	`|(?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d{1,5}\b)?)` +
	`|(?P<date>\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?(?:\b|$))` +
	`|(?P<number>\p{Nd}(?:[\s().\-/\x{a0}]{0,3}\p{Nd}){6,})`)

var (
	ipGroup     = pattern.SubexpIndex("ip")
	dateGroup   = pattern.SubexpIndex("date")
	numberGroup = pattern.SubexpIndex("number")
)

// Mask masks what looks like a phone number: seven digits or more. Ids of sessions and
// parties, uuids, fencing tokens, IP addresses and dates stay.
func Mask(s string) string {
	if !manyDigits(s) {
		return s
	}
	var out strings.Builder
	at := 0
	for _, m := range pattern.FindAllStringSubmatchIndex(s, -1) {
		out.WriteString(s[at:m[0]])
		out.WriteString(maskFound(s[m[0]:m[1]], m))
		at = m[1]
	}
	out.WriteString(s[at:])
	return out.String()
}

// manyDigits: there may be something to mask.
func manyDigits(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n >= minDigits
}

// maskFound masks one match, whose groups m tells.
func maskFound(s string, m []int) string {
	in := func(group int) bool { return m[2*group] >= 0 }
	switch {
	case in(numberGroup), in(ipGroup) && !isAddress(s), in(dateGroup) && !isDate(s):
		return maskDigits(s, 2)
	}
	return s
}

func isAddress(s string) bool {
	host, _, _ := strings.Cut(s, ":")
	_, err := netip.ParseAddr(host)
	return err == nil
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	return err == nil
}

// maskDigits replaces all digits but the last ones by asterisks.
func maskDigits(s string, leave int) string {
	total := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			total++
		}
	}
	if total <= leave+1 { // too few to leave any
		leave = 0
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if unicode.IsDigit(r) {
			if total--; total >= leave {
				r = '*'
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}
