package org

import "fmt"

// Config says what company New makes up. The zero Config works: each field's zero
// stands for its default. Negative values are an error from New.
type Config struct {
	// Seed decides everything that the other fields leave open.
	Seed uint64
	// Name of the company. Default made up: "Kertzmann Group".
	Name string
	// Size is the number of user extensions, at most MaxSize. Default 50.
	Size int
	// Queues is the number of call queues, at most MaxQueues. They need two users.
	// Default one for every 20 users begun; none for a single user.
	Queues int
	// Menus is the number of IVR menus, at most MaxMenus. All are reached from the
	// first, the main menu. Default one, and one more for every five queues.
	Menus int
	// Locations is the number of park locations, at most MaxLocations. Default one for
	// every ten users begun.
	Locations int
}

// Default and bounds of Config. Park locations are 801 to 899.
const (
	DefaultSize  = 50
	MaxSize      = 100_000
	MaxQueues    = 10_000
	MaxMenus     = 10_000
	MaxLocations = 99
)

// validate fills in defaults.
func (c Config) validate() (Config, error) {
	for _, n := range []struct {
		name       string
		value, max int
	}{
		{"Size", c.Size, MaxSize}, {"Queues", c.Queues, MaxQueues},
		{"Menus", c.Menus, MaxMenus}, {"Locations", c.Locations, MaxLocations},
	} {
		if n.value < 0 {
			return c, &ConfigError{n.name, "is negative"}
		}
		if n.value > n.max {
			return c, &ConfigError{n.name, fmt.Sprintf("is %d, above %d", n.value, n.max)}
		}
	}
	c.Size = either(c.Size, DefaultSize)
	if c.Queues > 0 && c.Size < 2 {
		return c, &ConfigError{"Queues", "need at least two users"}
	}
	if c.Size > 1 {
		c.Queues = either(c.Queues, groups(c.Size, 20))
	}
	c.Menus = either(c.Menus, 1+c.Queues/5)
	c.Locations = either(c.Locations, min(groups(c.Size, 10), MaxLocations))
	return c, nil
}

// groups is how many groups of a size n things begin.
func groups(n, size int) int { return (n + size - 1) / size }

func either(n, zero int) int {
	if n == 0 {
		return zero
	}
	return n
}

// ConfigError is returned by New and NewDay for a configuration that makes no sense.
type ConfigError struct {
	Field, Text string
}

func (e *ConfigError) Error() string { return fmt.Sprintf("org: %s %s", e.Field, e.Text) }
