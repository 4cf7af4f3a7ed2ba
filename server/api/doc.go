// Package api answers for calls over HTTP, below /api/v1. openapi.json describes it, and
// a test holds the two together.
//
//	api.go      routes, and what a request may do
//	problem.go  errors (RFC 9457)
//	calls.go    search, one call, its events, its explanation
//	formats.go  the formats in which a call can be had
//	number.go   numbers in any usual spelling
//	changes.go  server-sent events
//	ingest.go   notifications that do not come from RingCentral's webhook
//	export.go   everything of a tenant
//	admin.go    tenants, tokens, notices, purge, rebuild, backup
package api
