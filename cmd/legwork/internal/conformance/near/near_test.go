package near_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/legworkhq/legwork/cmd/legwork/internal/conformance/near"
)

func TestWord(t *testing.T) {
	list := []string{"settle", "sees", "start", "tolerance", "transfer.attended", "transfer.blind"}
	for said, want := range map[string]string{"setle": "settle", "see": "sees", "START": "start", "tolerence": "tolerance", "transfer.atended": "transfer.attended", "blind": "transfer.blind", "colour": "", "": "", "x": ""} {
		require.Equal(t, want, near.Word(said, list), said)
	}
	require.Equal(t, []string{"transfer.attended", "transfer.blind"}, near.Words("transfer", list, 3))
	require.Equal(t, "; did you mean sees?", near.Hint("ses", list))
	require.Empty(t, near.Hint("nothing-like-it", list))
}
