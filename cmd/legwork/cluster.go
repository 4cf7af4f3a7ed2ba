package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/legworkhq/legwork/server/cluster"
	"github.com/legworkhq/legwork/server/config"
	"github.com/legworkhq/legwork/server/logging"
)

func newCluster(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Look at a cluster of servers",
		Long: `Cluster looks at servers that are one, on NATS JetStream and a PostgreSQL database which
they share. A server becomes a node of a cluster by legwork serve --cluster; docs/cluster.md
has the whole story.`,
	}
	cmd.AddCommand(newClusterStatus(std))
	return cmd
}

func newClusterStatus(std stdio) *cobra.Command {
	var asJSON bool
	var within time.Duration
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show nodes, who owns what, lag, outboxes and replicas",
		Long: `Status asks NATS how a cluster stands: which nodes are there, which partitions each of
them owns and how far it is behind, what waits in outboxes, and which NATS servers have a
current copy of the streams. It changes nothing.

Where NATS is, --cluster says, or LEGWORK_CLUSTER, or the file of --config.

Exit status: 0; 1 if NATS cannot be reached or something is wrong with the cluster, which
is then said in words; 2 for wrong usage or where there is no cluster.`,
		Example: `  legwork cluster status --cluster nats://nats-1.example.com:4222,nats://nats-2.example.com:4222
  legwork cluster status --config /etc/legwork/legwork.yaml --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.LoadSettings(cmd.Flags(), os.LookupEnv)
			if err != nil {
				return usageError("%v", err)
			}
			return clusterStatus(cmd.Context(), std, cfg, asJSON, within)
		},
	}
	clusterFlags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().DurationVar(&within, "within", 15*time.Second, "how long NATS may take to answer")
	return cmd
}

// clusterFlags adds those that say where the NATS servers of a cluster are.
func clusterFlags(fl *pflag.FlagSet) {
	config.Register(fl, "cluster", "cluster-prefix", "cluster-credentials", "cluster-ca")
	fl.Lookup("cluster").Usage = "`URLS` of the cluster's NATS servers, with commas between"
}

func clusterStatus(ctx context.Context, std stdio, cfg *config.Config, asJSON bool, within time.Duration) error {
	c := &cfg.Cluster
	if c.Servers == "" {
		return usageError("--cluster is missing: the URLs of the NATS servers, such as nats://nats-1.example.com:4222")
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	node, err := cluster.Observe(ctx, cluster.Config{URL: string(c.Servers), Credentials: c.Credentials, CA: c.CA, Prefix: c.Prefix, Name: "status", Log: logging.New(io.Discard, logging.Options{})})
	if err != nil {
		return unusable(err)
	}
	defer node.Close()
	st, err := node.Status(ctx)
	for err != nil && ctx.Err() == nil { // its servers may be electing a leader
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
			st, err = node.Status(ctx)
		}
	}
	if err != nil {
		return unusable(err)
	}
	if asJSON {
		text, err := json.MarshalIndent(st, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(std.out, string(text))
		return sound(st, err)
	}
	return sound(st, writeStatus(std.out, st, time.Now()))
}

// sound is the exit status of a cluster.
func sound(st *cluster.Status, err error) error {
	if err == nil && len(st.Problems) > 0 {
		return quietly(exitUnreadable)
	}
	return err
}

func writeStatus(out io.Writer, st *cluster.Status, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tVERSION\tDOES\tUP\tPARTITIONS\tLAG\tBEHIND\tOUTBOX\tADDRESS")
	for _, m := range st.Nodes {
		var mine []int
		for p, who := range st.Owners {
			if who == m.Name {
				mine = append(mine, p)
			}
		}
		lag, behind := howFar(&m, mine)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, m.Version, does(&m), short(now.Sub(time.UnixMilli(m.Since))), cluster.Ranges(mine), lag, behind,
			waiting(m.Outbox), m.Address)
	}
	for _, m := range st.Gone {
		fmt.Fprintf(w, "%s\t%s\tgone\t-\t-\t-\t-\tunknown\t%s\n", m.Name, m.Version, m.Address)
	}
	if free := unowned(st.Owners); len(free) > 0 {
		fmt.Fprintf(w, "(nobody)\t\t\t\t%s\t\t\t\t\n", cluster.Ranges(free))
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "STREAM\tMESSAGES\tSIZE\tOF\tREPLICAS")
	for _, s := range st.Streams {
		of := "unlimited"
		if s.MaxBytes > 0 {
			of = mebibytes(s.MaxBytes)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", s.Name, s.Messages, mebibytes(int64(s.Bytes)), of, replicas(s.Replicas))
	}
	if len(st.Problems) > 0 {
		fmt.Fprintln(w)
	}
	for _, p := range st.Problems {
		fmt.Fprintln(w, "! "+p)
	}
	return w.Flush()
}

func does(m *cluster.Member) string {
	what := "works"
	switch {
	case m.Leaving:
		return "leaves"
	case m.Worker && m.Takes:
		what = "takes, works"
	case m.Takes:
		what = "takes"
	}
	return what
}

// howFar is how far a node is behind with its partitions. Of one that it took a moment ago
// it may not have said anything yet, or not know it.
func howFar(m *cluster.Member, mine []int) (lag, behind string) {
	sum, oldest, said := int64(0), int64(0), map[int]bool{}
	for _, p := range m.Partitions {
		sum += max(0, p.Lag)
		oldest = max(oldest, p.Behind)
		said[p.Partition] = p.Lag >= 0
	}
	lag, behind = strconv.FormatInt(sum, 10), short(time.Duration(oldest)*time.Millisecond)
	if slices.ContainsFunc(mine, func(p int) bool { return !said[p] }) {
		lag = "unknown"
	}
	return lag, behind
}

func unowned(owners []string) (free []int) {
	for p, who := range owners {
		if who == "" {
			free = append(free, p)
		}
	}
	return free
}

func waiting(o cluster.OutboxState) string {
	if o.Waiting == 0 {
		return "empty"
	}
	return fmt.Sprintf("%d (%s)", o.Waiting, mebibytes(o.Bytes))
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// short writes a time in its two largest units.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", max(0, d.Milliseconds()))
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
}

func replicas(list []cluster.Replica) string {
	var out []string
	for _, r := range list {
		text := r.Server
		switch {
		case r.Leader:
			text += " leads"
		case r.Away():
			text += " away"
		case !r.Current:
			text += fmt.Sprintf(" %d behind", r.Lag)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
