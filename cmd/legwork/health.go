package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/legworkhq/legwork/server/config"
)

func newHealth(std stdio) *cobra.Command {
	var at string
	var ready bool
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Say whether the server lives",
		Long: `Health asks the server that runs on a data directory, or one elsewhere, whether it lives and
whether it would take a notification now. It needs no token.

Exit status: 0 when it lives; 1 when it does not answer, or, with --ready, when it would
refuse a notification; 2 for wrong usage.`,
		Example: `  legwork health
  legwork health --server https://legwork.example.com --ready`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			by, base, err := whom(at, own)
			if err != nil {
				return err
			}
			return health(cmd.Context(), std, by, base, ready)
		},
	}
	config.Register(own, "data")
	cmd.Flags().AddFlagSet(own)
	cmd.Flags().StringVar(&at, "server", os.Getenv("LEGWORK_SERVER"), "`URL` of a server elsewhere (LEGWORK_SERVER)")
	cmd.Flags().BoolVar(&ready, "ready", false, "fail also when notifications would be refused")
	return cmd
}

// whom finds the server that is meant.
func whom(at string, own *pflag.FlagSet) (*http.Client, string, error) {
	if at != "" {
		if u, err := url.Parse(at); err != nil || u.Host == "" {
			return nil, "", usageError("--server: %q is no URL such as http://127.0.0.1:8080", at)
		}
		return http.DefaultClient, strings.TrimSuffix(at, "/"), nil
	}
	cfg, err := settings(own)
	if err != nil {
		return nil, "", err
	}
	var w whereabouts
	text, err := os.ReadFile(filepath.Join(cfg.Data, serverFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, "", unusable(fmt.Errorf("no server runs on %s", cfg.Data))
	}
	if err = cmp.Or(err, json.Unmarshal(text, &w)); err != nil {
		return nil, "", unusable(fmt.Errorf("--data: %w", err))
	}
	return trusting(w.Cert), w.URL, nil
}

// health asks a server, and says how it is.
func health(ctx context.Context, std stdio, by *http.Client, base string, ready bool) error {
	if _, err := asked(ctx, by, base+"/healthz"); err != nil {
		return unusable(fmt.Errorf("no server answers: %w", err))
	}
	text, err := asked(ctx, by, base+"/readyz")
	switch {
	case err != nil:
		return unusable(fmt.Errorf("the server answers no more: %w", err))
	case text == "ready":
		text = "notifications are taken"
	case ready:
		return unusable(fmt.Errorf("%s lives; %s", base, text))
	}
	if _, err := fmt.Fprintf(std.out, "%s lives; %s\n", base, text); err != nil {
		return writeError(err)
	}
	return nil
}

// asked is the line that a server answers, be it refusal or not.
func asked(ctx context.Context, by *http.Client, at string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return "", err
	}
	res, err := by.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1000))
	if err == nil && res.StatusCode != http.StatusOK && res.StatusCode != http.StatusServiceUnavailable {
		err = fmt.Errorf("%s answers %s", at, res.Status)
	}
	return plainLine(strings.TrimSpace(string(text))), err
}
