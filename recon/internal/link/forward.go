package link

import "github.com/legworkhq/legwork/recon/call"

// forward finds ringing calls that were sent on: the transfer reasons on a leg that
// had not been answered.
func forward(v *View) []*Link { return redirected(v, call.Forward) }
