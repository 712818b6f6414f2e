package conformance

import (
	"encoding/json"
	"fmt"
	"testing"
)

// runPytestComputeRollover repeats what CPython's own tests ask of
// computeRollover.
func runPytestComputeRollover(_ *testing.T, data []byte) (string, error) {
	var row struct {
		timedRow
		Pytest string
		Now    float64
		Expect float64
	}
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	p, err := row.policy()
	if err != nil {
		return "", err
	}
	if err := p.Validate(); err != nil {
		return "", err
	}
	if got := p.Next(epoch(row.Now)); !got.Equal(epoch(row.Expect)) {
		return "", fmt.Errorf("%s: got %d, want %.0f", row.Pytest, got.Unix(), row.Expect)
	}
	return "", nil
}
