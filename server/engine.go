package server

import (
	"time"

	"github.com/legworkhq/legwork/recon"
)

// EngineDefaults are the bounds of a tenant's engine in a server. What the engine has
// forgotten is built from the journal when something more comes for it, so it need not
// hold final calls for long.
func EngineDefaults() recon.Config {
	return recon.Config{
		Quiet: recon.DefaultQuiet, PeerWait: recon.DefaultPeerWait, OpenBound: recon.DefaultOpenBound,
		Retention: 5 * time.Minute, MaxObservations: 150_000, MaxFinal: 100_000, Remember: recon.DefaultRemember,
	}
}
