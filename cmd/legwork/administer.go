package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/legworkhq/legwork/server/api"
	"github.com/legworkhq/legwork/server/shard"
	"github.com/legworkhq/legwork/server/store"
	"github.com/legworkhq/legwork/server/store/sqlite"
)

// ask runs a command's body with a connection.
func (f *serverFlags) ask(tenant bool, body func(ctx context.Context, c *client, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		find := f.connect
		if tenant {
			find = f.pick
		}
		c, err := find(cmd.Context())
		if err != nil {
			return err
		}
		defer c.close()
		return body(cmd.Context(), c, args)
	}
}

// table begins a table with its head.
func table(std stdio, head ...string) *tabwriter.Writer {
	tab := tabwriter.NewWriter(std.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(tab, strings.Join(head, "\t"))
	return tab
}

func newTenants(std stdio) *cobra.Command {
	cmd := &cobra.Command{Use: "tenants", Short: "List, add and change the accounts whose notifications a server takes"}
	var list, remove serverFlags
	ls := &cobra.Command{Use: "list", Short: "List the tenants", Args: cobra.NoArgs, RunE: list.ask(false, func(ctx context.Context, c *client, _ []string) error {
		var out struct{ Tenants []api.Tenant }
		if err := c.get(ctx, "/tenants", &out); err != nil {
			return err
		}
		tab := table(std, "NAME", "ID", "SCOPE", "REGION", "WEBHOOK", "NOTICES")
		for _, t := range out.Tenants {
			open := "with token"
			if t.Open {
				open = "open"
			}
			fmt.Fprintln(tab, strings.Join([]string{t.Name, strconv.FormatInt(t.ID, 10), t.Scope, t.Region, open, t.Notices.URL}, "\t"))
		}
		return tab.Flush()
	})}
	list.add(ls, false)
	var sure bool
	rm := &cobra.Command{Use: "remove NAME", Short: "Remove a tenant and everything it has", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		if !sure {
			return usageError("this removes every notification and call of %s: say --yes", args[0])
		}
		return remove.ask(false, func(ctx context.Context, c *client, args []string) error {
			return c.call(ctx, http.MethodDelete, "/tenants/"+url.PathEscape(args[0]), nil, nil)
		})(cmd, args)
	}}
	rm.Flags().BoolVar(&sure, "yes", false, "really")
	remove.add(rm, false)
	cmd.AddCommand(ls, newTenantChange(std, true), newTenantChange(std, false), rm)
	return cmd
}

// newTenantChange makes tenants add and tenants change.
func newTenantChange(std stdio, add bool) *cobra.Command {
	var f serverFlags
	var scope, region, token, notices, secret, kinds string
	var open, rotate bool
	cmd := &cobra.Command{Use: "change NAME", Short: "Change a tenant", Args: cobra.ExactArgs(1)}
	if add {
		cmd.Use, cmd.Short = "add NAME", "Add a tenant, and print its verification token"
		cmd.Example = `  legwork tenants add acme
  legwork tenants add acme --verification-token s3cret --notices https://crm.example.com/calls`
	}
	cmd.RunE = f.ask(false, func(ctx context.Context, c *client, args []string) error {
		r := api.TenantRequest{Open: open, Rotate: rotate}
		changed := func(flag string, v *string) *string {
			if cmd.Flags().Changed(flag) {
				return v
			}
			return nil
		}
		r.Scope, r.Region, r.Token = changed("scope", &scope), changed("region", &region), changed("verification-token", &token)
		if n := (api.NoticeRequest{URL: changed("notices", &notices), Secret: changed("notice-secret", &secret)}); n.URL != nil || n.Secret != nil || cmd.Flags().Changed("notice-kinds") {
			if cmd.Flags().Changed("notice-kinds") {
				list := strings.FieldsFunc(kinds, func(r rune) bool { return r == ',' || r == ' ' })
				n.Kinds = &list
			}
			r.Notices = &n
		}
		method, path := http.MethodPatch, "/tenants/"+url.PathEscape(args[0])
		if add {
			method, path, r.Name = http.MethodPost, "/tenants", args[0]
		}
		var out api.TenantAnswer
		if err := c.call(ctx, method, path, r, &out); err != nil {
			return err
		}
		fmt.Fprintf(std.out, "webhook             /webhooks/%s\n", out.Tenant.Name)
		if out.Token != "" {
			fmt.Fprintf(std.out, "verification token  %s\n", out.Token)
		}
		if out.Secret != "" {
			fmt.Fprintf(std.out, "notice secret       %s\n", out.Secret)
		}
		return nil
	})
	f.add(cmd, false)
	fl := cmd.Flags()
	fl.StringVar(&scope, "scope", "account", "what the subscription sees: account or extension")
	fl.StringVar(&region, "region", "US", "`COUNTRY` whose national numbers searches understand")
	fl.StringVar(&token, "verification-token", "", "the subscription's verification `TOKEN`; a new one is made and printed otherwise")
	fl.BoolVar(&open, "open", false, "take every notification, without a token")
	fl.BoolVar(&rotate, "rotate", false, "make a new verification token")
	fl.StringVar(&notices, "notices", "", "`URL` that is told when calls end")
	fl.StringVar(&secret, "notice-secret", "", "`SECRET` that signs them: whsec_ and base64; one is made otherwise")
	fl.StringVar(&kinds, "notice-kinds", "", "`KINDS`, separated by commas: "+strings.Join(api.NoticeKinds, ", "))
	return cmd
}

func newTokens(std stdio) *cobra.Command {
	cmd := &cobra.Command{Use: "tokens", Short: "List, add and remove the tokens of a server's API"}
	var list, add, remove serverFlags
	ls := &cobra.Command{Use: "list", Short: "List the tokens", Args: cobra.NoArgs, RunE: list.ask(false, func(ctx context.Context, c *client, _ []string) error {
		var out struct{ Tokens []api.Token }
		if err := c.get(ctx, "/tokens", &out); err != nil {
			return err
		}
		tab := table(std, "NAME", "ROLE", "TENANT")
		for _, t := range out.Tokens {
			fmt.Fprintln(tab, strings.Join([]string{t.Name, string(t.Role), t.Tenant}, "\t"))
		}
		return tab.Flush()
	})}
	var role, tenant string
	ad := &cobra.Command{Use: "add NAME", Short: "Add a token, and print it", Args: cobra.ExactArgs(1), RunE: add.ask(false, func(ctx context.Context, c *client, args []string) error {
		var out struct{ Token string }
		if err := c.call(ctx, http.MethodPost, "/tokens", map[string]string{"name": args[0], "role": role, "tenant": tenant}, &out); err != nil {
			return err
		}
		_, err := fmt.Fprintln(std.out, out.Token)
		return err
	})}
	rm := &cobra.Command{Use: "remove NAME", Short: "Remove a token", Args: cobra.ExactArgs(1), RunE: remove.ask(false, func(ctx context.Context, c *client, args []string) error {
		return c.call(ctx, http.MethodDelete, "/tokens/"+url.PathEscape(args[0]), nil, nil)
	})}
	ad.Flags().StringVar(&role, "role", "read", "ingest (post notifications), read (see calls) or admin")
	ad.Flags().StringVar(&tenant, "tenant", "", "only for this tenant")
	list.add(ls, false)
	add.add(ad, false)
	remove.add(rm, false)
	cmd.AddCommand(ls, ad, rm)
	return cmd
}

func newNotices(std stdio) *cobra.Command {
	cmd := &cobra.Command{Use: "notices", Short: "List and resend notices that could not be delivered"}
	var list, resend serverFlags
	ls := &cobra.Command{Use: "list", Short: "List the dead letters", Args: cobra.NoArgs, RunE: list.ask(true, func(ctx context.Context, c *client, _ []string) error {
		var out struct{ Notices []api.DeadNotice }
		if err := c.get(ctx, c.of("notices", "dead"), &out); err != nil {
			return err
		}
		tab := table(std, "ID", "KIND", "SINCE", "ATTEMPTS", "FAILURE")
		for _, n := range out.Notices {
			fmt.Fprintln(tab, strings.Join([]string{n.ID, n.Kind, n.Created.String(), strconv.Itoa(n.Attempts), plain(n.Failure)}, "\t"))
		}
		return tab.Flush()
	})}
	again := &cobra.Command{Use: "resend [ID]", Short: "Send a dead letter again, or all", Args: cobra.MaximumNArgs(1), RunE: resend.ask(true, func(ctx context.Context, c *client, args []string) error {
		body := map[string]string{}
		if len(args) > 0 {
			body["id"] = args[0]
		}
		var out struct{ Resent int }
		if err := c.call(ctx, http.MethodPost, c.of("notices", "resend"), body, &out); err != nil {
			return err
		}
		_, err := fmt.Fprintf(std.out, "%d will be sent again\n", out.Resent)
		return err
	})}
	list.add(ls, true)
	resend.add(again, true)
	cmd.AddCommand(ls, again)
	return cmd
}

func newExport(std stdio) *cobra.Command {
	var f serverFlags
	var out string
	var what *choice
	cmd := &cobra.Command{Use: "export", Short: "Write everything of a tenant: calls, legs or raw notifications", Args: cobra.NoArgs,
		Example: `  legwork export --what calls --out calls.ndjson
  legwork export --what events | legwork recon     the same calls, with this version's engine`,
	}
	what = addChoice(cmd, "what", "what to write: graphs as JSON lines, legs as CSV, or notifications one a line", "calls", "legs", "events")
	cmd.RunE = f.ask(true, func(ctx context.Context, c *client, _ []string) error {
		o, err := openOutput(std, out)
		if err != nil {
			return err
		}
		err = c.stream(ctx, http.MethodGet, c.of("export")+"?what="+what.value, o)
		if done := o.finish(err == nil); err == nil {
			err = done
		}
		return err
	})
	f.add(cmd, true)
	cmd.Flags().StringVar(&out, "out", "", "`FILE` to write to instead of standard output")
	return cmd
}

func newPurge(std stdio) *cobra.Command {
	var f serverFlags
	var number string
	var sure bool
	cmd := &cobra.Command{Use: "purge --number NUMBER", Short: "Remove everything about a number: calls, notifications, notices", Args: cobra.NoArgs,
		Long: `Purge removes every call in which a number appears, the notifications of their sessions,
and what could not be decoded and contains the number. It cannot be undone; backups and
what was exported or posted elsewhere are not touched.`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case number == "":
			return usageError("--number: name the number")
		case !sure:
			return usageError("this cannot be undone: say --yes")
		}
		return f.ask(true, func(ctx context.Context, c *client, _ []string) error {
			var out api.Removed
			if err := c.call(ctx, http.MethodPost, c.of("purge"), map[string]string{"number": number}, &out); err != nil {
				return err
			}
			_, err := fmt.Fprintf(std.out, "removed %d calls, %d notifications, %d notices\n", out.Calls, out.Entries, out.Notices)
			return err
		})(cmd, args)
	}
	f.add(cmd, true)
	cmd.Flags().StringVar(&number, "number", "", "phone `NUMBER`, in any usual spelling")
	cmd.Flags().BoolVar(&sure, "yes", false, "really")
	return cmd
}

func newRebuild(std stdio) *cobra.Command {
	var f serverFlags
	var dry, notify bool
	cmd := &cobra.Command{Use: "rebuild", Short: "Compute every call again from the journal, and say what changed", Args: cobra.NoArgs,
		Long: `Rebuild computes every final call again from the raw notifications, with this version's
engine, and writes those that differ. Calls of which notifications were removed by
retention, and those that are still open, stay as they are.`,
	}
	cmd.RunE = f.ask(true, func(ctx context.Context, c *client, _ []string) error {
		var r shard.Report
		if err := c.call(ctx, http.MethodPost, c.of("rebuild"), map[string]bool{"dryRun": dry, "notify": notify}, &r); err != nil {
			return err
		}
		for _, d := range r.Changed {
			fmt.Fprintf(std.out, "%s  %s\n", d.ID, plainLine(strings.Join(d.What, "; ")))
		}
		for _, id := range r.New {
			fmt.Fprintf(std.out, "%s  new\n", id)
		}
		_, err := fmt.Fprintf(std.out, "%d calls: %d the same, %d changed, %d new, %d left alone; %d more are kept whose notifications are gone\n", r.Calls, r.Same, len(r.Changed), len(r.New), r.Skipped, r.Missing)
		return err
	})
	f.add(cmd, true)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "write nothing")
	cmd.Flags().BoolVar(&notify, "notify", false, "send notices of what changed")
	return cmd
}

func plainLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func newBackup(std stdio) *cobra.Command {
	var f serverFlags
	cmd := &cobra.Command{Use: "backup FILE", Short: "Write a copy of the database, also while the server runs", Args: cobra.ExactArgs(1)}
	cmd.RunE = f.ask(false, func(ctx context.Context, c *client, args []string) error {
		o, err := openOutput(std, args[0])
		if err != nil {
			return err
		}
		err = c.stream(ctx, http.MethodPost, "/backup", o)
		if done := o.finish(err == nil); err == nil {
			err = done
		}
		return err
	})
	f.add(cmd, false)
	return cmd
}

func newRestore(std stdio) *cobra.Command {
	var own *pflag.FlagSet
	cmd := &cobra.Command{Use: "restore FILE", Short: "Put a backup into a data directory that has no database", Args: cobra.ExactArgs(1),
		Long: `Restore checks a backup and puts it into the data directory. A database that is there is
never overwritten: move it away first.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := settings(own)
			switch {
			case err != nil:
				return err
			case cfg.Store != "":
				return usageError("restore is for a database in the data directory; the data is in PostgreSQL, whose own tools restore it")
			}
			return restore(cmd.Context(), std, args[0], cfg.Data)
		}}
	own = addSettings(cmd)
	return cmd
}

func restore(ctx context.Context, std stdio, file, data string) error {
	if _, err := os.Stat(file); err != nil {
		return usageError("%v", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return usageError("--data: %v", err)
	}
	path := filepath.Join(data, databaseFile)
	if _, err := os.Stat(path); err == nil {
		return usageError("%s exists: move it away first", path)
	}
	tmp := path + ".restore"
	defer func() {
		for _, end := range []string{"", ".lock", "-wal", "-shm"} {
			os.Remove(tmp + end)
		}
	}()
	if err := copyFile(file, tmp); err != nil {
		return unusable(err)
	}
	// The check comes before the version is looked at: one of an older version stays of it.
	db, err := sqlite.Open(ctx, tmp, sqlite.Options{CheckFor: 1 << 40, AsIs: true})
	switch {
	case errors.Is(err, store.ErrOlder):
	case err != nil:
		return unusable(fmt.Errorf("%s cannot be restored: %w", file, err))
	default:
		if err := db.Close(); err != nil {
			return unusable(err)
		}
	}
	if err := os.Rename(tmp, path); err != nil {
		return unusable(err)
	}
	_, err = fmt.Fprintf(std.err, "legwork: restored to %s\n", path)
	return err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.ReadFrom(in)
	if err == nil {
		err = out.Sync()
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}
