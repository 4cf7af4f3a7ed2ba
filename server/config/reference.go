package config

import (
	"bufio"
	"fmt"
	"io"
)

// Reference writes a table of all settings, in Markdown.
func Reference(w io.Writer) error {
	out := bufio.NewWriter(w)
	defaults := Default()
	fmt.Fprint(out, "| in the file | flag | variable | default | what |\n|---|---|---|---|---|\n")
	for i := range settings {
		s := &settings[i]
		v := s.at(defaults)
		usual := v.String()
		if usual != "" {
			usual = "`" + usual + "`"
		}
		fmt.Fprintf(out, "| `%s` | `--%s` | `%s` | %s | %s |\n", s.key, s.name, s.env(), usual, help(s)+bounds(v))
	}
	return out.Flush()
}

// bounds tells what a value may be.
func bounds(v value) string {
	switch v := v.(type) {
	case *duration:
		return fmt.Sprintf("; %s to %s", formatDuration(v.min), formatDuration(v.max)) + or(v.none)
	case *size:
		return fmt.Sprintf("; %s to %s", formatSize(v.min), formatSize(v.max)) + or(v.none)
	case *number:
		return fmt.Sprintf("; %d to %d", v.min, v.max)
	}
	return ""
}

func or(none string) string {
	if none == "" {
		return ""
	}
	return ", or " + none
}
