package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/spf13/pflag"
)

// value is a setting in a Config. Set says what is allowed when it refuses, and changes
// nothing then.
type value interface {
	pflag.Value
	// schema is the JSON Schema of how it stands in the file.
	schema() map[string]any
}

func wanted(want, got string) error { return fmt.Errorf("want %s, not %.80q", want, got) }

// text is a string that is checked.
type text struct {
	p    *string
	want string
	// check returns the string in its usual form.
	check func(string) (string, bool)
}

func (v *text) Set(s string) error {
	usual, ok := v.check(s)
	if !ok {
		return wanted(v.want, s)
	}
	*v.p = usual
	return nil
}
func (v *text) String() string         { return *v.p }
func (v *text) Type() string           { return "string" }
func (v *text) schema() map[string]any { return map[string]any{"type": "string"} }

// address checks host:port.
func address(s string) (string, bool) {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return s, err == nil && port == strconv.FormatUint(n, 10)
}

func publicURL(s string) (string, bool) {
	u, err := url.Parse(s)
	ok := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
	return strings.TrimRight(s, "/"), ok
}

// database is the URL of one. Its password is not shown.
type database struct{ p *Secret }

func (v *database) Set(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return errors.New("want a URL such as postgres://legwork@db.example.com/legwork") // what it is may hold a password
	}
	*v.p = Secret(s)
	return nil
}

func (v *database) String() string { return Redacted(string(*v.p)) }

// Redacted is the URL of a database without its password, "" for none.
func Redacted(database string) string {
	u, err := url.Parse(database)
	if err != nil {
		return ""
	}
	if q := u.Query(); q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}
func (v *database) plain() string          { return string(*v.p) }
func (v *database) Type() string           { return "string" }
func (v *database) schema() map[string]any { return map[string]any{"type": "string"} }

// servers are the URLs of NATS servers.
type servers struct{ p *Secret }

func (v *servers) Set(s string) error {
	for _, one := range strings.Split(s, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Scheme != "nats" && u.Scheme != "tls" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return errors.New("want URLs such as nats://a.example.com:4222,nats://b.example.com:4222") // what they are may hold a password
		}
	}
	*v.p = Secret(strings.ReplaceAll(s, " ", ""))
	return nil
}

func (v *servers) String() string {
	if *v.p == "" {
		return ""
	}
	list := strings.Split(string(*v.p), ",")
	for i, s := range list {
		u, err := url.Parse(s)
		if err != nil {
			return ""
		}
		list[i] = u.Redacted()
	}
	return strings.Join(list, ",")
}
func (v *servers) plain() string          { return string(*v.p) }
func (v *servers) Type() string           { return "string" }
func (v *servers) schema() map[string]any { return map[string]any{"type": "string"} }

var (
	nodeNames   = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)
	prefixNames = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)
)

func nodeName(s string) (string, bool)   { return s, nodeNames.MatchString(s) }
func prefixName(s string) (string, bool) { return s, prefixNames.MatchString(s) }

var regionName = regexp.MustCompile(`^[A-Z]{2}$`)

func region(s string) (string, bool) { return s, isRegion(s) }

// isRegion: numbers can be read as people there write them.
func isRegion(s string) bool { return phonenumbers.GetCountryCodeForRegion(s) != 0 }

// path is the name of a file or directory.
type path struct {
	p    *string
	want string
}

func (v *path) Set(s string) error {
	if s == "" || strings.ContainsRune(s, 0) {
		return wanted(v.want, s)
	}
	*v.p = filepath.Clean(s)
	return nil
}
func (v *path) String() string         { return *v.p }
func (v *path) Type() string           { return "string" }
func (v *path) schema() map[string]any { return map[string]any{"type": "string"} }

// choice is one of a few words.
type choice struct {
	p  *string
	of []string
}

func (v *choice) Set(s string) error {
	if !slices.Contains(v.of, s) {
		return wanted(oneOf(v.of), s)
	}
	*v.p = s
	return nil
}
func (v *choice) String() string { return *v.p }
func (v *choice) Type() string   { return "string" }
func (v *choice) schema() map[string]any {
	return map[string]any{"enum": v.of}
}

func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// level is that of a log.
type level struct{ p *slog.Level }

var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func (v *level) Set(s string) error {
	l, ok := levels[s]
	if !ok {
		return wanted("debug, info, warn or error", s)
	}
	*v.p = l
	return nil
}
func (v *level) String() string { return strings.ToLower(v.p.String()) }
func (v *level) Type() string   { return "string" }
func (v *level) schema() map[string]any {
	return map[string]any{"enum": []string{"debug", "info", "warn", "error"}}
}

// boolean is true or false.
type boolean bool

func (v *boolean) Set(s string) error {
	if s != "true" && s != "false" {
		return wanted("true or false", s)
	}
	*v = s == "true"
	return nil
}
func (v *boolean) String() string         { return strconv.FormatBool(bool(*v)) }
func (v *boolean) Type() string           { return "bool" }
func (v *boolean) schema() map[string]any { return map[string]any{"type": "boolean"} }

// number is a whole number within bounds.
type number struct {
	p        *int
	min, max int
}

func (v *number) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < v.min || n > v.max {
		return wanted(fmt.Sprintf("a number from %d to %d", v.min, v.max), s)
	}
	*v.p = n
	return nil
}
func (v *number) String() string { return strconv.Itoa(*v.p) }
func (v *number) Type() string   { return "number" }
func (v *number) schema() map[string]any {
	return map[string]any{"type": "integer", "minimum": v.min, "maximum": v.max}
}

// seed is any number.
type seed uint64

func (v *seed) Set(s string) error {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return wanted("a number from 0 on", s)
	}
	*v = seed(n)
	return nil
}
func (v *seed) String() string         { return strconv.FormatUint(uint64(*v), 10) }
func (v *seed) Type() string           { return "number" }
func (v *seed) schema() map[string]any { return map[string]any{"type": "integer", "minimum": 0} }

// duration is within bounds, or, if none is not "", zero under that name.
type duration struct {
	p        *time.Duration
	min, max time.Duration
	none     string
}

func (v *duration) Set(s string) error {
	if v.none != "" && s == v.none {
		*v.p = 0
		return nil
	}
	d, err := parseDuration(s)
	switch {
	case errors.Is(err, errNoUnit):
		return fmt.Errorf("%.80q has no unit; want %s", s, v.want())
	case err != nil || d < v.min || d > v.max:
		return wanted(v.want(), s)
	}
	*v.p = d
	return nil
}

func (v *duration) want() string {
	want := fmt.Sprintf("a time such as 90s, 12h or 30d, from %s to %s", formatDuration(v.min), formatDuration(v.max))
	if v.none != "" {
		want += ", or " + v.none
	}
	return want
}

func (v *duration) String() string {
	if *v.p == 0 && v.none != "" {
		return v.none
	}
	return formatDuration(*v.p)
}
func (v *duration) Type() string           { return "duration" }
func (v *duration) schema() map[string]any { return map[string]any{"type": "string"} }

// size is a number of bytes within bounds, or zero under the name of none.
type size struct {
	p        *int64
	min, max int64
	none     string
}

func (v *size) Set(s string) error {
	if v.none != "" && s == v.none {
		*v.p = 0
		return nil
	}
	n, err := parseSize(s)
	switch {
	case errors.Is(err, errNoUnit):
		return fmt.Errorf("%.80q has no unit; want %s", s, v.want())
	case err != nil || n < v.min || n > v.max:
		return wanted(v.want(), s)
	}
	*v.p = n
	return nil
}

func (v *size) want() string {
	want := fmt.Sprintf("a size such as 512KiB, 64MiB or 20GiB, from %s to %s", formatSize(v.min), formatSize(v.max))
	if v.none != "" {
		want += ", or " + v.none
	}
	return want
}

func (v *size) String() string {
	if *v.p == 0 && v.none != "" {
		return v.none
	}
	return formatSize(*v.p)
}
func (v *size) Type() string           { return "size" }
func (v *size) schema() map[string]any { return map[string]any{"type": "string"} }

// networks is a list, with commas between.
type networks struct{ p *[]netip.Prefix }

func (v *networks) Set(s string) error {
	var list []netip.Prefix
	for part := range strings.SplitSeq(s, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil || p != p.Masked() {
			return wanted("networks such as 10.1.0.0/16", part)
		}
		list = append(list, p)
	}
	*v.p = list
	return nil
}

func (v *networks) String() string {
	var list []string
	for _, p := range *v.p {
		list = append(list, p.String())
	}
	return strings.Join(list, ",")
}
func (v *networks) Type() string { return "networks" }
func (v *networks) schema() map[string]any {
	return map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
}
