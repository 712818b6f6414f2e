package conformance

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/sluicelog/sluice"
)

func runFilterNames(t *testing.T, row []byte) (string, error) {
	var r struct {
		Filter, Logger string
		Pass           bool
	}
	if err := json.Unmarshal(row, &r); err != nil {
		return "", err
	}
	in := &sluice.Record{Name: r.Logger}
	switch out := sluice.Under(r.Filter)(t.Context(), in); {
	case out != nil && out != in:
		return "", fmt.Errorf("Under(%q) replaced the record", r.Filter)
	case (out != nil) != r.Pass:
		return "", fmt.Errorf("Under(%q) kept a record of %q: %t, want %t", r.Filter, r.Logger, out != nil, r.Pass)
	}
	return "", nil
}
