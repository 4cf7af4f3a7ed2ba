package dialect

import (
	"fmt"
	"strings"
)

// Markdown writes knobs as docs/dialect.md has them.
func Markdown(knobs []Knob) string {
	var b strings.Builder
	b.WriteString(intro)
	for _, k := range knobs {
		fmt.Fprintf(&b, "\n## %s\n\n%s. %s\n\n| value | mark | source |\n|---|---|---|\n", k.Name, upper(k.Facility), k.Question)
		for i, v := range k.Values {
			name := "`" + v.Name + "`"
			if i == 0 {
				name += " (default)"
			}
			fmt.Fprintf(&b, "| %s | *%s* | %s |\n", name, v.Mark, v.Source)
		}
	}
	return b.String()
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

const intro = `# What is not known: the switch's dialect

Much of what RingCentral sends is documented nowhere. Where it is not, the simulated switch has a knob: a question, the
possible answers, and the evidence for each. The marks are explained in [evidence.md](evidence.md). The first value is the
best evidenced one and the default.

What the engine concludes must not depend on any of them: ` + "`legwork verify`" + ` draws a dialect for most cases. To play another one,
write a line for each knob that is to be turned, such as ` + "`park-order parker-first`" + `, into a file, and give it to
` + "`legwork simulate --dialect FILE`" + `.

This page is generated: ` + "`go test ./sim/dialect -update`" + `.
`
