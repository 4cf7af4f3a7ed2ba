// Package ops_test holds what is in this directory against what Legwork knows.
package ops_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/legworkhq/legwork/server/config"
)

func read(t *testing.T, name string) []byte {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NotContains(t, string(text), "\t", "%s: a tab", name)
	return text
}

// pinned is an image with a version of three numbers, or of two where there are no more.
var pinned = regexp.MustCompile(`^[a-z0-9.-]+(/[a-z0-9.-]+)+:(\d+\.\d+(\.\d+)?(-[a-z0-9]+)?|built)$`)

// serves holds arguments and variables of a container against the settings that there are,
// and returns what they come to. file is what stands at the path of --config.
func serves(t *testing.T, args []string, env map[string]string, file string) *config.Config {
	require.NotEmpty(t, args)
	require.Equal(t, "serve", args[0])
	known := map[string]bool{"LEGWORK_CONFIG": true, "LEGWORK_MAIN_TOKEN": true}
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	config.Register(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		known["LEGWORK_"+strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))] = true
	})
	for name := range env {
		if strings.HasPrefix(name, "LEGWORK_") {
			require.True(t, known[name], "there is no variable %s", name)
		}
	}
	require.NoError(t, flags.Parse(args[1:]))
	dir := t.TempDir()
	path := filepath.Join(dir, "legwork.yaml")
	file = strings.ReplaceAll(file, "/etc/legwork/secrets", dir)
	require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main-token"), []byte("p0123456789abcdef\n"), 0o600))
	c, err := config.Load(flags, func(name string) (string, bool) { v, ok := env[name]; return v, ok }, path)
	require.NoError(t, err)
	for _, w := range c.Warnings {
		require.Contains(t, w.String(), "there is no certificate", "the proxy before it has one")
	}
	require.Len(t, c.Tenants, 1)
	require.NotEmpty(t, c.Cluster.Node)
	require.Equal(t, "0.0.0.0:8080", c.Listen)
	require.Positive(t, c.Cluster.Outbox, "the outbox has a bound below its volume")
	return c
}

// hosts are those that URLs with commas between name.
func hosts(text string) (out []string) {
	for _, m := range regexp.MustCompile(`@([a-z0-9.-]+)(:\d+)?`).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

type service struct {
	Image       string
	Command     []string
	Environment map[string]string
	Ports       []string
	Volumes     []string
	Restart     string
	DependsOn   yaml.Node `yaml:"depends_on"`
	Healthcheck struct{ Test []string }
	Configs     []struct{ Source, Target string }
}

// needs are the services that one waits for.
func (s *service) needs(t *testing.T) (out []string) {
	switch s.DependsOn.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		require.NoError(t, s.DependsOn.Decode(&m))
		for name := range m {
			out = append(out, name)
		}
	case yaml.SequenceNode:
		require.NoError(t, s.DependsOn.Decode(&out))
	}
	return out
}

// TestCompose: what compose.yaml refers to is there, and the nodes get settings that
// Legwork knows.
func TestCompose(t *testing.T) {
	text := regexp.MustCompile(`\$\{([A-Z_]+):\?\}`).ReplaceAllString(string(read(t, "compose.yaml")), "secret-$1")
	require.NotContains(t, text, "${")
	var doc struct {
		Services map[string]*service
		Volumes  map[string]any
		Configs  map[string]struct{ File, Content string }
	}
	require.NoError(t, yaml.Unmarshal([]byte(text), &doc))
	used := map[string]string{} // volumes, by whom
	var nodes []string
	for name, s := range doc.Services {
		require.Regexp(t, pinned, s.Image, name)
		require.NotEmpty(t, s.Healthcheck.Test, name)
		require.Equal(t, "unless-stopped", s.Restart, name)
		for _, need := range s.needs(t) {
			require.Contains(t, doc.Services, need, name)
		}
		for _, c := range s.Configs {
			require.Contains(t, doc.Configs, c.Source, name)
		}
		for _, v := range s.Volumes {
			volume, _, ok := strings.Cut(v, ":")
			require.True(t, ok, v)
			require.Contains(t, doc.Volumes, volume, name)
			require.Empty(t, used[volume], "%s and %s share a volume", name, used[volume])
			used[volume] = name
		}
		for _, p := range s.Ports {
			require.True(t, strings.HasPrefix(p, "127.0.0.1:"), "%s: a port for everybody: %s", name, p)
		}
		switch {
		case strings.HasPrefix(name, "legwork-"):
			nodes = append(nodes, name)
			c := serves(t, s.Command, s.Environment, doc.Configs["legwork"].Content)
			require.Equal(t, name, c.Cluster.Node)
			for _, host := range append(hosts(string(c.Cluster.Servers)), hosts(string(c.Store))...) {
				require.Contains(t, doc.Services, host)
			}
			require.Len(t, hosts(string(c.Cluster.Servers)), 3)
			require.Contains(t, doc.Configs["proxy"].Content, " "+name+":8080")
		case strings.HasPrefix(name, "nats-"):
			require.Equal(t, name, s.Environment["NATS_NAME"])
			natsVariables(t, s.Environment)
			for _, host := range hosts(s.Environment["NATS_ROUTES"]) {
				require.Contains(t, doc.Services, host)
			}
		}
	}
	require.Len(t, nodes, 3)
	require.Len(t, used, len(doc.Volumes), "a volume that nobody uses")
	for name, c := range doc.Configs {
		if c.File != "" {
			read(t, c.File)
		}
		require.True(t, c.File != "" || c.Content != "", name)
	}
}

// natsVariables: nats.conf finds what it asks for.
func natsVariables(t *testing.T, env map[string]string) {
	for _, line := range strings.Split(string(read(t, "nats.conf")), "\n") {
		line, _, _ = strings.Cut(line, "#")
		for _, m := range regexp.MustCompile(`\$([A-Z_]+)`).FindAllStringSubmatch(line, -1) {
			require.NotEmpty(t, env[m[1]], "nats.conf asks for %s", m[1])
		}
	}
}

type reference struct{ Name, Key string }

type container struct {
	Name, Image   string
	Command, Args []string
	Env           []struct {
		Name, Value string
		ValueFrom   struct {
			SecretKeyRef *reference `yaml:"secretKeyRef"`
			FieldRef     *struct {
				FieldPath string `yaml:"fieldPath"`
			} `yaml:"fieldRef"`
		} `yaml:"valueFrom"`
	}
	Ports []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	StartupProbe, LivenessProbe, ReadinessProbe probe
	Resources                                   struct{ Requests, Limits map[string]string }
	VolumeMounts                                []struct{ Name, MountPath, SubPath string } `yaml:"volumeMounts"`
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// UnmarshalYAML reads the names as Kubernetes spells them.
func (c *container) UnmarshalYAML(n *yaml.Node) error {
	type plain container
	var probes struct {
		Startup   probe `yaml:"startupProbe"`
		Liveness  probe `yaml:"livenessProbe"`
		Readiness probe `yaml:"readinessProbe"`
	}
	err := errors.Join(n.Decode((*plain)(c)), n.Decode(&probes))
	c.StartupProbe, c.LivenessProbe, c.ReadinessProbe = probes.Startup, probes.Liveness, probes.Readiness
	return err
}

type object struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
	}
	StringData map[string]string `yaml:"stringData"`
	Data       map[string]string
	Spec       struct {
		Replicas       int
		ServiceName    string    `yaml:"serviceName"`
		Selector       yaml.Node // of labels, or with matchLabels
		MaxUnavailable int       `yaml:"maxUnavailable"`
		Ports          []struct {
			TargetPort string `yaml:"targetPort"`
		}
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct {
				Affinity   map[string]any
				Containers []*container
				Volumes    []struct {
					Name      string
					ConfigMap *struct{ Name string } `yaml:"configMap"`
					Secret    *struct {
						SecretName string `yaml:"secretName"`
						Items      []reference
					}
				}
			}
		}
		VolumeClaimTemplates []struct{ Metadata struct{ Name string } } `yaml:"volumeClaimTemplates"`
	}
}

// cluster is what kubernetes.yaml makes, by kind and name.
type cluster map[string]*object

func (c cluster) labels(t *testing.T, o *object) map[string]string {
	var direct map[string]string
	var matching struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	}
	if o.Kind == "Service" {
		require.NoError(t, o.Spec.Selector.Decode(&direct))
		return direct
	}
	require.NoError(t, o.Spec.Selector.Decode(&matching))
	return matching.MatchLabels
}

// selects are the stateful sets whose pods a selector finds.
func (c cluster) selects(selector map[string]string) (out []*object) {
	for _, o := range c {
		all := o.Kind == "StatefulSet"
		for k, v := range selector {
			all = all && o.Spec.Template.Metadata.Labels[k] == v
		}
		if all {
			out = append(out, o)
		}
	}
	return out
}

// env is that of the first pod's container, secrets as they stand in the template.
func (c cluster) env(t *testing.T, set *object, in *container) map[string]string {
	env := map[string]string{}
	for _, e := range in.Env {
		value := e.Value
		if ref := e.ValueFrom.SecretKeyRef; ref != nil {
			require.Contains(t, c, "Secret/"+ref.Name)
			require.Contains(t, c["Secret/"+ref.Name].StringData, ref.Key)
			value = c["Secret/"+ref.Name].StringData[ref.Key]
		}
		if ref := e.ValueFrom.FieldRef; ref != nil {
			require.Equal(t, "metadata.name", ref.FieldPath)
			value = set.Metadata.Name + "-0"
		}
		value = regexp.MustCompile(`\$\(([A-Z_]+)\)`).ReplaceAllStringFunc(value, func(m string) string {
			was, ok := env[m[2:len(m)-1]]
			require.True(t, ok, "%s: %s is not set before", e.Name, m)
			return was
		})
		env[e.Name] = value
	}
	return env
}

// TestKubernetes: what kubernetes.yaml refers to is there, and the nodes get settings that
// Legwork knows.
func TestKubernetes(t *testing.T) {
	c := cluster{}
	for d := yaml.NewDecoder(bytes.NewReader(read(t, "kubernetes.yaml"))); ; {
		o := new(object)
		err := d.Decode(o)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		key := o.Kind + "/" + o.Metadata.Name
		require.NotContains(t, c, key)
		require.Equal(t, "legwork", o.Metadata.Labels["app.kubernetes.io/part-of"], key)
		c[key] = o
	}
	require.Equal(t, string(read(t, "nats.conf")), c["ConfigMap/nats"].Data["nats.conf"])
	sets, budgets := 0, 0
	for key, o := range c {
		switch o.Kind {
		case "Service":
			found := c.selects(c.labels(t, o))
			require.Len(t, found, 1, key)
			for _, p := range o.Spec.Ports {
				require.True(t, hasPort(found[0], p.TargetPort), "%s: port %s", key, p.TargetPort)
			}
		case "PodDisruptionBudget":
			budgets++
			require.Len(t, c.selects(c.labels(t, o)), 1, key)
			require.Equal(t, 1, o.Spec.MaxUnavailable, key)
		case "StatefulSet":
			sets++
			c.checkSet(t, o)
		}
	}
	require.Equal(t, 2, sets)
	require.Equal(t, 2, budgets)
}

func hasPort(set *object, name string) bool {
	for _, in := range set.Spec.Template.Spec.Containers {
		for _, p := range in.Ports {
			if p.Name == name {
				return true
			}
		}
	}
	return false
}

func (c cluster) checkSet(t *testing.T, set *object) {
	name := set.Metadata.Name
	require.Equal(t, 3, set.Spec.Replicas, name)
	require.Contains(t, c, "Service/"+set.Spec.ServiceName, name)
	require.Equal(t, []*object{set}, c.selects(c.labels(t, set)), name)
	pod := set.Spec.Template.Spec
	require.Contains(t, pod.Affinity, "podAntiAffinity", name)
	var volumes []string
	for _, v := range set.Spec.VolumeClaimTemplates {
		volumes = append(volumes, v.Metadata.Name)
	}
	require.NotEmpty(t, volumes, "%s keeps nothing", name)
	for _, v := range pod.Volumes {
		volumes = append(volumes, v.Name)
		if v.ConfigMap != nil {
			require.Contains(t, c, "ConfigMap/"+v.ConfigMap.Name)
		}
		if v.Secret != nil {
			require.Contains(t, c, "Secret/"+v.Secret.SecretName)
			for _, item := range v.Secret.Items {
				require.Contains(t, c["Secret/"+v.Secret.SecretName].StringData, item.Key)
			}
		}
	}
	require.Len(t, pod.Containers, 1, name)
	in := pod.Containers[0]
	require.Regexp(t, pinned, in.Image)
	require.NotEmpty(t, in.Resources.Requests["memory"])
	require.NotEmpty(t, in.Resources.Requests["cpu"])
	for _, p := range []probe{in.StartupProbe, in.LivenessProbe, in.ReadinessProbe} {
		require.NotEmpty(t, p.HTTPGet.Path, name)
		require.True(t, hasPort(set, p.HTTPGet.Port), name)
	}
	for _, m := range in.VolumeMounts {
		require.True(t, slices.Contains(volumes, m.Name), "%s: no volume %s", name, m.Name)
	}
	env := c.env(t, set, in)
	if name == "nats" {
		natsVariables(t, env)
		require.Equal(t, []string{"nats-0.nats", "nats-1.nats", "nats-2.nats"}, hosts(env["NATS_ROUTES"]))
		return
	}
	require.Equal(t, "/healthz", in.LivenessProbe.HTTPGet.Path)
	require.Equal(t, "/readyz", in.ReadinessProbe.HTTPGet.Path)
	cfg := serves(t, in.Args, env, c["ConfigMap/legwork"].Data["legwork.yaml"])
	require.Equal(t, "legwork-0", cfg.Cluster.Node)
	require.Equal(t, []string{"nats-0.nats", "nats-1.nats", "nats-2.nats"}, hosts(string(cfg.Cluster.Servers)))
	require.Equal(t, "/var/lib/legwork", cfg.Data)
}
