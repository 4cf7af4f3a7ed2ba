//go:build !linux

package natslab

import "fmt"

func newNamespaces([]string) (network, error) {
	return nil, fmt.Errorf("%w: they are Linux's", ErrNoNamespaces)
}
