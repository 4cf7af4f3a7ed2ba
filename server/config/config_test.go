package config_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/legworkhq/legwork/server"
	"github.com/legworkhq/legwork/server/config"
	"github.com/legworkhq/legwork/server/store"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file, or writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// environment is one for Load.
type environment map[string]string

func (e environment) look(name string) (string, bool) {
	s, ok := e[name]
	return s, ok
}

const noticeSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// full loads testdata/full.yaml, with its secrets.
func full(t *testing.T) *config.Config {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/full.yaml")
	require.NoError(t, err)
	write(t, dir+"/legwork.yaml", string(text))
	write(t, dir+"/secrets/acme-eu", "the-european-token\n")
	write(t, dir+"/credentials/acme-crm", "the-token-of-the-crm\n")
	env := environment{"ACME_NOTICE_SECRET": noticeSecret, "GRAFANA_TOKEN": "the-token-of-grafana", "CREDENTIALS_DIRECTORY": dir + "/credentials"}
	c, err := config.Load(nil, env.look, dir+"/legwork.yaml")
	require.NoError(t, err)
	return c
}

func write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

// load loads a text as a file.
func load(t *testing.T, text string, env environment, args ...string) (*config.Config, error) {
	t.Helper()
	name := t.TempDir() + "/legwork.yaml"
	write(t, name, text)
	c, err := config.Load(flags(t, args...), env.look, name)
	if err != nil {
		err = errors.New(strings.ReplaceAll(err.Error(), filepath.Dir(name)+"/", ""))
	}
	return c, err
}

func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	config.Register(fs)
	require.NoError(t, fs.Parse(args))
	return fs
}

func TestDefault(t *testing.T) {
	c, err := config.Load(nil, nil, "")
	require.NoError(t, err)
	assert.Equal(t, config.Default(), c)
	assert.Equal(t, server.EngineDefaults(), c.Engine, "as a server has it that was told nothing")
	assert.Empty(t, c.Origin("listen"))
}

func TestFile(t *testing.T) {
	c := full(t)
	dir := filepath.Dir(c.File)
	assert.Equal(t, dir+"/state", c.Data)
	assert.Equal(t, "https://legwork.example.com", c.PublicURL)
	assert.Equal(t, config.Keep{Raw: 30 * 24 * time.Hour, Calls: 400 * 24 * time.Hour, Size: 50 << 30}, c.Keep)
	assert.Equal(t, config.Log{Level: slog.LevelWarn, Format: "json"}, c.Log)
	assert.False(t, c.Metrics)
	assert.Equal(t, 36*time.Hour, c.Notices.Retry)
	assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}, c.Notices.Allow)
	assert.Equal(t, int64(256<<10), c.Limits.Body)
	assert.Equal(t, 90*time.Second, c.Engine.Quiet)
	assert.Equal(t, server.EngineDefaults().PeerWait, c.Engine.PeerWait)
	assert.Equal(t, 1_000_000, c.Engine.MaxObservations)
	assert.Equal(t, []config.Tenant{
		{Name: "acme", Scope: "account", Region: "NO", Token: "a-verification-token", NoticeURL: "https://10.1.2.3/calls",
			NoticeSecret: noticeSecret, NoticeKinds: []string{"call.final"}},
		{Name: "acme-eu", Scope: "extension", Region: "DE", Token: "the-european-token"},
		{Name: "lab", Scope: "account", Region: "NO", Open: true},
	}, c.Tenants)
	assert.Equal(t, []config.Token{
		{Name: "grafana", Role: store.RoleRead, Token: "the-token-of-grafana"},
		{Name: "acme-crm", Role: store.RoleRead, Tenant: "acme", Token: "the-token-of-the-crm"},
	}, c.Tokens)
	assert.Equal(t, c.File+":7", c.Origin("keep-raw"))
}

// Of every wrong thing in a file there is one line, at its place.
func TestBadFile(t *testing.T) {
	text, err := os.ReadFile("testdata/bad.yaml")
	require.NoError(t, err)
	_, err = load(t, string(text), environment{"LEGWORK_MAX_BODY": "12", "LEGWORK_KEEP_DEAD": ""})
	require.Error(t, err)
	golden(t, "testdata/bad.golden", err.Error()+"\n")
}

func TestPrecedence(t *testing.T) {
	file := "listen: 127.0.0.1:1\nkeep:\n  raw: 10d\nmetrics: false\n"
	c, err := load(t, file, nil)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:1", c.Listen)

	env := environment{"LEGWORK_LISTEN": "127.0.0.1:2", "LEGWORK_KEEP_RAW": "", "LEGWORK_METRICS": "true"}
	c, err = load(t, file, env)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:2", c.Listen)
	assert.Equal(t, 10*24*time.Hour, c.Keep.Raw, "an empty variable says nothing")
	assert.True(t, c.Metrics)

	c, err = load(t, file, env, "--listen", "127.0.0.1:3", "--metrics=false")
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:3", c.Listen)
	assert.False(t, c.Metrics)
	assert.Equal(t, "--listen", c.Origin("listen"))
	assert.Equal(t, "", c.Origin("quiet"))

	c, err = load(t, file, env, "--listen", "127.0.0.1:8080")
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:8080", c.Listen, "a flag counts that says the default")
}

// Each setting can be given in each of the three ways.
func TestEverySetting(t *testing.T) {
	other := map[string]string{"listen": ":1", "publicURL": "https://x.example", "region": "FR", "log.level": "error", "log.format": "json", "notices.allow": "10.0.0.0/8",
		"cluster.node": "a", "cluster.roles": "work", "cluster.prefix": "x", "cluster.partitions": "16", "cluster.replicas": "5",
		"cluster.lease": "7s", "cluster.outbox": "64MiB", "cluster.stream": "64MiB"}
	var doc bytes.Buffer
	require.NoError(t, config.Reference(&doc))
	rows := strings.Split(strings.TrimSpace(doc.String()), "\n")[2:]
	require.Greater(t, len(rows), 30)
	for _, row := range rows {
		cell := strings.Split(strings.ReplaceAll(row, "`", ""), " | ")
		key, name, env := strings.TrimPrefix(cell[0], "| "), strings.TrimPrefix(cell[1], "--"), cell[2]
		value := other[key]
		switch {
		case value != "":
		case strings.HasPrefix(key, "tls.") || key == "data" || key == "cluster.ca" || key == "cluster.credentials" || key == "cluster.servers":
			continue // of files, or of no use alone
		case cell[3] == "false":
			value = "true"
		case key == "store":
			value = "postgres://legwork@db.example.com/legwork"
		case cell[3] == "true":
			value = "false"
		case strings.HasPrefix(key, "keep.") && key != "keep.size":
			value = "77d"
		case strings.HasSuffix(cell[3], "B") || key == "keep.size":
			value = "64MiB"
		case strings.HasPrefix(key, "engine.") && strings.Trim(cell[3], "0123456789") != "" && key != "engine.quiet":
			value = "2d"
		case strings.Trim(cell[3], "0123456789") == "":
			value = "1234"
			if key == "notices.concurrency" {
				value = "7"
			}
		default:
			value = "7m"
		}
		t.Run(key, func(t *testing.T) {
			text := key + ": " + value
			if group, member, deeper := strings.Cut(key, "."); deeper {
				text = group + ":\n  " + member + ": " + value
			}
			if key == "notices.allow" {
				text = "notices: {allow: [" + value + "]}"
			}
			inFile, err := load(t, text, nil)
			require.NoError(t, err)
			inEnv, err := load(t, "", environment{env: value})
			require.NoError(t, err)
			asFlag, err := load(t, "", nil, "--"+name+"="+value)
			require.NoError(t, err)
			assert.Contains(t, inFile.Origin(name), "legwork.yaml:")
			assert.Equal(t, env, inEnv.Origin(name))
			assert.Equal(t, "--"+name, asFlag.Origin(name))
			assert.Equal(t, values(t, inFile), values(t, inEnv))
			assert.Equal(t, values(t, inFile), values(t, asFlag))
			assert.NotEqual(t, values(t, config.Default()), values(t, asFlag))
		})
	}
}

// values is a configuration without where it is from.
func values(t *testing.T, c *config.Config) string {
	var out bytes.Buffer
	require.NoError(t, c.Show(&out))
	var sb strings.Builder
	for l := range strings.Lines(out.String()) {
		value, _, _ := strings.Cut(l, " # ")
		fmt.Fprintln(&sb, strings.TrimRight(value, " \n"))
	}
	return sb.String()
}

func TestFlagSaysWhatIsAllowed(t *testing.T) {
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	config.Register(fs)
	err := fs.Parse([]string{"--keep-raw", "30"})
	assert.EqualError(t, err, `invalid argument "30" for "--keep-raw" flag: "30" has no unit; want a time such as 90s, 12h or 30d, from 1h to 36500d, or forever`)
	err = fs.Parse([]string{"--log-level", "loud"})
	assert.EqualError(t, err, `invalid argument "loud" for "--log-level" flag: want debug, info, warn or error, not "loud"`)
}

func TestWhichFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/a.yaml", "region: FR")
	write(t, dir+"/b.yaml", "region: DE")
	env := environment{"LEGWORK_CONFIG": dir + "/a.yaml"}
	c, err := config.Load(flags(t), env.look, "")
	require.NoError(t, err)
	assert.Equal(t, "FR", c.Region)
	c, err = config.Load(flags(t, "--config", dir+"/b.yaml"), env.look, "")
	require.NoError(t, err)
	assert.Equal(t, "DE", c.Region)
	_, err = config.Load(flags(t, "--config", dir+"/c.yaml"), env.look, "")
	assert.EqualError(t, err, dir+"/c.yaml: no such file or directory")
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name, file, want string
		env              environment
		args             []string
	}{
		{name: "no YAML", file: "a:\n b: [\n", want: "legwork.yaml:2: did not find expected node content"},
		{name: "a tab", file: "keep:\n\traw: 1d\n", want: "legwork.yaml:2: found character that cannot start any token"},
		{name: "two documents", file: "region: US\n---\nregion: DE\n", want: "legwork.yaml:2: there is a second document; one is enough"},
		{name: "a list", file: "- region: US\n", want: "legwork.yaml:1: the file: want members such as data: ..."},
		{name: "a merge", file: "log: &a {level: warn}\nkeep:\n  <<: *a\n", want: `legwork.yaml:3: keep has no member "<<"`},
		{name: "variable", env: environment{"LEGWORK_LISTEN": "nowhere"}, want: `LEGWORK_LISTEN: want an address such as 127.0.0.1:8080, not "nowhere"`},
		{name: "port", file: "listen: 127.0.0.1:080", want: `legwork.yaml:1: listen: want an address such as 127.0.0.1:8080, not "127.0.0.1:080"`},
		{name: "lost beginning", args: []string{"--keep-raw", "12h"}, want: "--keep-raw: keep-raw is 12h, and a call may be open for 1d (open-bound): it would lose its beginning"},
		{name: "key alone", env: environment{"LEGWORK_TLS_KEY": "key.pem"}, want: "LEGWORK_TLS_KEY: there is a key and no certificate; want tls-cert too"},
		{name: "no such certificate", args: []string{"--tls-cert", "/nowhere/c", "--tls-key", "/nowhere/k"},
			want: "--tls-cert: the certificate cannot be used: open /nowhere/c: no such file or directory"},
		{name: "peer wait", args: []string{"--peer-wait", "30s"}, want: "--peer-wait: peer-wait is 30s, shorter than quiet, which is 1m"},
		{name: "demo", file: "tenants: [{name: a, open: true}]", args: []string{"--demo"}, want: "--demo: a demo needs a server of its own: tenants are configured"},
		{name: "overflow", file: "keep: {raw: 99999999999d}", want: `legwork.yaml:1: keep.raw: want a time such as 90s, 12h or 30d, from 1h to 36500d, or forever, not "99999999999d"`},
		{name: "token of another tenant", file: "tokens: [{name: t, role: read, tenant: else, token: sixteen-letters-and-more}]",
			want: "legwork.yaml:1: token t is for tenant else, which does not stand here; for one that was added otherwise use legwork tokens add"},
		{name: "localhost", file: "tenants: [{name: a, open: true, notices: {url: 'https://localhost/x', secret: " + noticeSecret + "}}]",
			want: "legwork.yaml:1: tenant a: notices do not go to localhost, which is not public; list its network in notices.allow"},
		{name: "mapped", file: "tenants: [{name: a, open: true, notices: {url: 'https://[::ffff:127.0.0.1]/x', secret: " + noticeSecret + "}}]",
			want: "legwork.yaml:1: tenant a: notices do not go to ::ffff:127.0.0.1, which is not public; list its network in notices.allow"},
		{name: "large", file: strings.Repeat("# for ever\n", 400_000), want: "legwork.yaml: it is larger than 4MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.file, c.env, c.args...)
			assert.EqualError(t, err, c.want)
		})
	}
}

// What nobody set gives way to what somebody did.
func TestGivesWay(t *testing.T) {
	c, err := load(t, "engine: {quiet: 15m}", nil)
	require.NoError(t, err)
	assert.Equal(t, 15*time.Minute, c.Engine.PeerWait)
	c, err = load(t, "", nil, "--header-timeout", "1m")
	require.NoError(t, err)
	assert.Equal(t, time.Minute, c.Limits.ReadTimeout)
}

func TestWarnings(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/legwork.yaml", `listen: :8080
publicURL: http://legwork.example.com
log: {numbers: true}
tenants:
  - {name: a, open: true}
  - {name: b, token: short}
tokens:
  - {name: t, role: read, tenant: a, tokenFile: token}
`)
	write(t, dir+"/token", "sixteen-letters-and-more")
	require.NoError(t, os.Chmod(dir+"/legwork.yaml", 0o644))
	require.NoError(t, os.Chmod(dir+"/token", 0o644))
	c, err := config.Load(nil, nil, dir+"/legwork.yaml")
	require.NoError(t, err)
	got := config.Problems(c.Warnings).Error() + "\n"
	golden(t, "testdata/warnings.golden", strings.ReplaceAll(got, dir+"/", ""))
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/file", "")
	check := func(data string) string {
		c, err := load(t, "", nil, "--data", data)
		require.NoError(t, err)
		return c.Check().Error()
	}
	assert.Empty(t, check(dir))
	assert.Empty(t, check(dir+"/not/there/yet"))
	assert.Equal(t, "--data: "+dir+"/file is no directory", check(dir+"/file"))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1, "nothing is left behind")
	if os.Getuid() != 0 {
		require.NoError(t, os.Chmod(dir, 0o500))
		assert.Equal(t, "--data: "+dir+" cannot be written: permission denied", check(dir))
	}
}

// No secret leaves, whatever it is printed with.
func TestSecrets(t *testing.T) {
	c := full(t)
	var out bytes.Buffer
	require.NoError(t, c.Show(&out))
	text, err := json.Marshal(c.Tenants)
	require.NoError(t, err)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "tenants", c.Tenants, "token", c.Tokens[0].Token)
	fmt.Fprintf(&out, "%s %v %+v %#v %x %d", text, c.Tenants, c.Tokens, *c, c.Tokens, c.Tokens[0].Token)
	for _, secret := range []string{"a-verification-token", "the-european-token", "the-token-of", noticeSecret[6:], fmt.Sprintf("%x", "the-token-of")} {
		assert.NotContains(t, out.String(), secret)
	}
	assert.Contains(t, out.String(), "token: set")
}

func TestDatabase(t *testing.T) {
	for _, url := range []string{"postgres://legwork:the-password@db/x", "postgresql://db/x?password=the-password"} {
		c, err := load(t, "", environment{"LEGWORK_STORE": url})
		require.NoError(t, err)
		require.Equal(t, url, string(c.Store))
		var out bytes.Buffer
		require.NoError(t, c.Show(&out))
		fmt.Fprintf(&out, "%v %+v %#v", *c, *c, *c)
		require.Contains(t, out.String(), "store: 'postgres")
		require.NotContains(t, out.String(), "the-password")
	}
	for _, url := range []string{"mysql://legwork:the-password@db/x", "legwork.db", "postgres://db:the-password/x y"} {
		_, err := load(t, "", environment{"LEGWORK_STORE": url})
		require.ErrorContains(t, err, "want a URL such as postgres://")
		require.NotContains(t, err.Error(), "the-password")
	}
}

// What show writes, Load reads.
func TestShow(t *testing.T) {
	c := full(t)
	var out bytes.Buffer
	require.NoError(t, c.Show(&out))
	shown := strings.ReplaceAll(out.String(), filepath.Dir(c.File)+"/", "")
	golden(t, "testdata/show.golden", regexp.MustCompile(`^data: state +#`).ReplaceAllString(shown, "data: state #")) // whose directory is of any length

	text, _, _ := strings.Cut(out.String(), "tenants:")
	again, err := load(t, text, nil)
	require.NoError(t, err)
	without, _, _ := strings.Cut(values(t, c), "tenants:")
	assert.Equal(t, without, values(t, again))
}

func TestReference(t *testing.T) {
	var out bytes.Buffer
	out.WriteString("# Settings\n\n")
	out.WriteString("Every setting of `legwork serve`. A flag goes before a variable, a variable before the file, the file before\nthe default. Written by `make golden`; [operate.md](operate.md) explains.\n\n")
	require.NoError(t, config.Reference(&out))
	golden(t, "../../docs/settings.md", out.String())
}

func TestSchema(t *testing.T) {
	golden(t, "../../docs/schema/config.schema.json", string(config.Schema()))
	for file, want := range map[string]bool{"testdata/full.yaml": true, "../../ops/legwork.example.yaml": true, "testdata/bad.yaml": false} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, want, valid(t, text) == nil, file)
	}
	assert.NoError(t, valid(t, []byte("region: NO")))
	assert.Error(t, valid(t, []byte("regoin: US")))
}

func valid(t *testing.T, text []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("config.json", doc))
	s, err := c.Compile("config.json")
	require.NoError(t, err)
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return err
	}
	raw, err := json.Marshal(value)
	require.NoError(t, err)
	inst, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	return s.Validate(inst)
}

// The example is what an operator begins with.
func TestExample(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"main-token", "main-notices", "crm"} {
		text := "a-secret-of-the-operator-for-" + name
		if name == "main-notices" {
			text = noticeSecret
		}
		write(t, dir+"/"+name, text)
	}
	env := environment{"CREDENTIALS_DIRECTORY": dir}
	c, err := config.Load(nil, env.look, "../../ops/legwork.example.yaml")
	require.NoError(t, err)
	assert.Empty(t, c.Warnings)
	assert.Equal(t, "/var/lib/legwork", c.Data)
	assert.NotEmpty(t, c.Tenants)
	assert.NotEmpty(t, c.Tokens)
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"testdata/full.yaml", "testdata/bad.yaml"} {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("tenants: &a\n - *a"))
	f.Fuzz(func(t *testing.T, text []byte) {
		name := t.TempDir() + "/legwork.yaml"
		require.NoError(t, os.WriteFile(name, text, 0o600))
		c, err := config.Load(nil, environment{}.look, name)
		var p config.Problems
		if err != nil && (!errors.As(err, &p) || len(p) == 0) {
			t.Fatal("an error is Problems")
		}
		if err == nil {
			require.NoError(t, c.Show(&bytes.Buffer{}))
		}
	})
}

func TestMisspelt(t *testing.T) {
	got := config.Misspelt([]string{"LEGWORK_LISTN=x", "LEGWORK_LISTEN=x", "LEGWORK_CONFIG=x", "LEGWORK_MAIN_TOKEN=x", "LEGWORK_TOKEN=x", "LEGWORK_SERVER=x", "LEGWORK_SOAK=1", "LEGWORK_UPDATE=1", "LEGWORK_PORT_8080_TCP=x", "LISTN=x"})
	assert.Equal(t, []config.Problem{{Where: "LEGWORK_LISTN", Text: "is no setting; did you mean LEGWORK_LISTEN?"}}, got)
}

func TestNoCredentials(t *testing.T) {
	_, err := load(t, "tokens: [{name: a, role: read, tokenFile: $CREDENTIALS_DIRECTORY/a}]", nil)
	assert.EqualError(t, err, "legwork.yaml:1: tokenFile: $CREDENTIALS_DIRECTORY/a: no such file or directory")
}

// certificate writes one with its key, valid from now-1h for so long.
func certificate(t *testing.T, dir, name string, valid time.Duration) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(valid)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write(t, dir+"/"+name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, dir+"/"+name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})))
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	certificate(t, dir, "good", 90*24*time.Hour)
	certificate(t, dir, "soon", 24*time.Hour)
	certificate(t, dir, "over", -time.Hour)
	use := func(cert, key string) (*config.Config, error) {
		write(t, dir+"/legwork.yaml", "listen: :443\ntls:\n  cert: "+cert+".pem\n  key: "+key+".key\n")
		return config.Load(nil, nil, dir+"/legwork.yaml")
	}
	c, err := use("good", "good")
	require.NoError(t, err)
	assert.NotNil(t, c.TLS.Pair)
	assert.Empty(t, c.Warnings)
	c, err = use("soon", "soon")
	require.NoError(t, err)
	assert.Regexp(t, `legwork.yaml:3: the certificate is valid until \d{4}-\d\d-\d\d only$`, c.Warnings[0].String())
	c, err = use("over", "over")
	require.NoError(t, err)
	assert.Contains(t, c.Warnings[0].Text, "RingCentral will not deliver")
	_, err = use("good", "soon")
	assert.EqualError(t, err, dir+"/legwork.yaml:3: the certificate cannot be used: private key does not match public key")
}

// A password in a flag is used, and shown nowhere.
func TestPasswordInFlag(t *testing.T) {
	c, err := load(t, "", nil, "--store", "postgres://me:secret@db.example.com/x", "--cluster", "nats://me:secret@a.example.com:4222,nats://me:secret@b.example.com:4222")
	require.NoError(t, err)
	assert.Equal(t, "postgres://me:secret@db.example.com/x", string(c.Store))
	assert.Equal(t, "nats://me:secret@a.example.com:4222,nats://me:secret@b.example.com:4222", string(c.Cluster.Servers))
	var out bytes.Buffer
	require.NoError(t, c.Show(&out))
	assert.NotContains(t, out.String(), "secret")
}
