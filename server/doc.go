// Package server is Legwork in production: webhooks in, a durable journal, calls out.
//
//	store    what is kept, and what a database must do for it
//	ingest   notifications are taken: on disk, then answered
//	shard    one engine a tenant turns the journal into calls
//	api      calls, tenants and operations over HTTP
//	notice   posts what integrators want to know to their webhooks
//	watch    notices when a subscription has fallen silent
//	page     the web page
//
// This package puts them together and runs them. Nothing here knows how a call is
// rebuilt: that is package recon's.
package server
