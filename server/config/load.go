package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// fileFlag and fileEnv name the file.
const (
	fileFlag = "config"
	fileEnv  = "LEGWORK_CONFIG"
)

// Register adds a flag for every setting, or for some alone, and --config. Rare ones are left
// out of the help, unless they are named. Their values are checked when the command line is
// read; Load takes them from there.
func Register(flags *pflag.FlagSet, some ...string) {
	flags.String(fileFlag, "", "`FILE` with the configuration")
	scratch := Default()
	for i := range settings {
		s := &settings[i]
		if len(some) > 0 && !slices.Contains(some, s.name) {
			continue
		}
		f := flags.VarPF(s.at(scratch), s.name, "", s.help)
		if f.Value.Type() == "bool" {
			f.NoOptDefVal = "true"
		}
		f.Hidden = s.rare && len(some) == 0
	}
}

// Load makes a Config: of flags that were given, else of the environment, else of a file,
// else of the defaults. The file is the one named, or, for "", that of --config or of
// LEGWORK_CONFIG, if any. An empty variable is as good as none.
//
// The error is of type Problems.
func Load(flags *pflag.FlagSet, env func(string) (string, bool), file string) (*Config, error) {
	return (&loader{c: Default(), env: env}).load(flags, file)
}

// LoadSettings is Load for what works in the place of a server, or beside it: tenants,
// tokens and the certificate are the server's, and need not be readable.
func LoadSettings(flags *pflag.FlagSet, env func(string) (string, bool)) (*Config, error) {
	return (&loader{c: Default(), env: env, bare: true}).load(flags, "")
}

func (l *loader) load(flags *pflag.FlagSet, file string) (*Config, error) {
	if l.c.File = l.which(flags, file); l.c.File != "" {
		l.file(l.c.File)
	}
	for i := range settings {
		l.above(&settings[i], flags)
	}
	l.check()
	sorted(l.problems)
	sorted(l.c.Warnings)
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return l.c, nil
}

// loader is at work on a Config.
type loader struct {
	c        *Config
	env      func(string) (string, bool)
	problems Problems
	bare     bool // settings alone count

	// secretAt is the first line of the file in which a secret stands, and secrets are
	// the names of those who have it.
	secretAt int
	secrets  map[Secret]string
	// lines are where tenants and tokens stand, by "tenant NAME" and "token NAME".
	lines map[string]string
	// broken are settings with a problem: others are not compared with them.
	broken map[string]bool
}

func (l *loader) problem(where, text string) {
	l.problems = append(l.problems, Problem{where, text})
}

func (l *loader) warn(where, text string) {
	l.c.Warnings = append(l.c.Warnings, Problem{where, text})
}

func (l *loader) which(flags *pflag.FlagSet, file string) string {
	if file != "" {
		return file
	}
	if flags != nil {
		if f := flags.Lookup(fileFlag); f != nil && f.Changed {
			return f.Value.String()
		}
	}
	return l.variable(fileEnv)
}

func (l *loader) variable(name string) string {
	if l.env == nil {
		return ""
	}
	text, _ := l.env(name)
	return text
}

// above takes a setting from the environment, and from its flag.
func (l *loader) above(s *setting, flags *pflag.FlagSet) {
	if text := l.variable(s.env()); text != "" {
		l.set(s, s.env(), text)
	}
	if flags == nil {
		return
	}
	if f := flags.Lookup(s.name); f != nil && f.Changed {
		l.set(s, "--"+s.name, plain(f.Value))
	}
}

// plain is what a flag was given, with the password that String leaves out.
func plain(v pflag.Value) string {
	if secret, ok := v.(interface{ plain() string }); ok {
		return secret.plain()
	}
	return v.String()
}

// set gives a setting its value, from a place.
func (l *loader) set(s *setting, where, text string) {
	if err := s.at(l.c).Set(text); err != nil {
		name := ""
		if where != s.env() && where != "--"+s.name {
			name = s.key + ": "
		}
		l.problem(where, name+err.Error())
		l.broken = put(l.broken, s.name, true)
		return
	}
	l.c.origins[s.name] = where
}

// put puts a value into a map, which is made when it is nil.
func put[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[key] = value
	return m
}

// relative is a path as it is meant in the file: seen from there. CREDENTIALS_DIRECTORY,
// which systemd sets, may stand at its beginning; while it is not set the path stays, and
// leads nowhere.
func (l *loader) relative(p string) string {
	const credentials = "$CREDENTIALS_DIRECTORY"
	if rest, ok := strings.CutPrefix(p, credentials+"/"); ok {
		if dir := l.variable(credentials[1:]); dir != "" {
			return filepath.Join(dir, rest)
		}
		return p
	}
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(filepath.Dir(l.c.File), p)
}

// reason is an error of the file system without the path, which the reader knows.
func reason(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// Misspelt finds variables, as os.Environ lists them, that are nearly a setting's.
func Misspelt(environ []string) (list []Problem) {
	known := []string{fileEnv}
	for i := range settings {
		known = append(known, settings[i].env())
	}
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "LEGWORK_") || slices.Contains(known, name) {
			continue
		}
		if near := nearest(name, known); near != "" {
			list = append(list, Problem{name, "is no setting" + near})
		}
	}
	return list
}
