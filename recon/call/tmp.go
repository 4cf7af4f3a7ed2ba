package call

import "encoding/json"

func AppendJSON(b []byte, c *Call) []byte { x, _ := json.Marshal(c); return append(b, x...) }
