package metric_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/legworkhq/legwork/server/metric"
)

var (
	alertSelector = regexp.MustCompile(`legwork_[a-z_]+(\{[^}]*\})?`)
	alertLabel    = regexp.MustCompile(`([a-z]+)(=~?)"([^"]*)"`)
)

// The alerts ask for metrics, labels and values that there are.
func TestAlerts(t *testing.T) {
	var doc struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr         string
				Labels, Annotations map[string]string
			}
		}
	}
	text, err := os.ReadFile("../../ops/prometheus-alerts.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &doc))
	m := metric.New(metric.Options{State: func() metric.State {
		return metric.State{Tenants: []metric.TenantState{{Name: "a", Subscription: "ok"}}, Cluster: aCluster()}
	}})
	m.Tenant("a")
	m.Request(401, "token", 0)
	series := strings.Split(scrape(t, m), "\n")

	require.Len(t, doc.Groups, 1)
	require.Greater(t, len(doc.Groups[0].Rules), 10)
	for _, r := range doc.Groups[0].Rules {
		assert.Contains(t, []string{"critical", "warning", "info"}, r.Labels["severity"], r.Alert)
		assert.NotEmpty(t, r.Annotations["summary"], r.Alert)
		assert.NotEmpty(t, r.Annotations["description"], r.Alert)
		for _, s := range alertSelector.FindAllString(r.Expr, -1) {
			assert.True(t, slices.ContainsFunc(series, func(line string) bool { return selects(s, line) }), "%s: %s selects nothing", r.Alert, s)
		}
	}
}

// selects: a selector finds a line of a scrape.
func selects(selector, line string) bool {
	name, rest, _ := strings.Cut(selector, "{")
	if !strings.HasPrefix(line, name+" ") && !strings.HasPrefix(line, name+"{") {
		return false
	}
	for _, l := range alertLabel.FindAllStringSubmatch(rest, -1) {
		value := regexp.QuoteMeta(l[3])
		if l[2] == "=~" {
			value = "(" + l[3] + ")"
		}
		if !regexp.MustCompile(`[{,]` + l[1] + `="` + value + `"`).MatchString(line) {
			return false
		}
	}
	return true
}
