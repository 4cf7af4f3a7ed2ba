package natslab

import (
	"fmt"
	"os/exec"
)

// build makes the program that the nodes run. It is a program of its own so that only
// those who start a cluster link the server, which takes a second.
func build(file string) error {
	out, err := exec.Command("go", "build", "-o", file, "github.com/legworkhq/legwork/internal/natslab/node").CombinedOutput()
	if err != nil {
		return fmt.Errorf("natslab: build the node: %w\n%s", err, out)
	}
	return nil
}
