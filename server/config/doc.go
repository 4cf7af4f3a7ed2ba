// Package config reads the configuration of the server.
//
// A setting comes from a flag, else from the environment, else from the file, else it has
// its default. One table, in settings.go, says all there is to say about each: flags,
// variables, the file's keys, the reference in docs/settings.md and the file's schema are
// made from it. Tenants and tokens stand in the file alone.
//
// Load finds all that is wrong, not only the first.
package config
