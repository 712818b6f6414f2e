package conformance

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/sluicelog/sluice/rotate"
)

// timedRow holds what the rows of all timed files have in common.
type timedRow struct {
	ID       string
	When     string
	Interval int
	AtTime   *string `json:"at_time"`
	UTC      bool
	TZ       string
}

// policy returns the rotate.Timed that the row describes.
func (r *timedRow) policy() (rotate.Timed, error) {
	zone, err := time.LoadLocation(r.TZ)
	if err != nil {
		return rotate.Timed{}, err
	}
	p := rotate.Timed{When: r.When, Interval: r.Interval, UTC: r.UTC, In: zone}
	if r.AtTime != nil {
		at, err := time.Parse(time.TimeOnly, *r.AtTime)
		if err != nil {
			return rotate.Timed{}, err
		}
		p.AtTime = &rotate.TimeOfDay{Hour: at.Hour(), Minute: at.Minute(), Second: at.Second()}
	}
	return p, nil
}

// epoch is a time in Python's floating seconds.
func epoch(s float64) time.Time {
	whole := int64(s)
	return time.Unix(whole, int64((s-float64(whole))*1e9)).UTC()
}

// runTimedRollover asks a rotate.Timed for the times and the names.
func runTimedRollover(t *testing.T, data []byte) (string, error) {
	var row struct {
		timedRow
		Now        float64
		Error      *struct{ Type, Message string }
		Suffix     string
		Interval   int64 `json:"interval_seconds"`
		RolloverAt int64 `json:"rollover_at"`
		Chain      []struct {
			At   float64
			Name string
			Next int64
		}
	}
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	p, err := row.policy()
	if err != nil {
		return "", err
	}
	const base = "app.log"
	if row.Error != nil {
		path := filepath.Join(t.TempDir(), base)
		f, err := rotate.Open(path, &rotate.Options{Policy: p})
		if err == nil {
			f.Close()
			return "", fmt.Errorf("opened; want %s", row.Error.Message)
		}
		if left, _ := filepath.Glob(path); left != nil {
			return "", fmt.Errorf("left behind: %v", left)
		}
		return "", nil
	}
	if err := p.Validate(); err != nil {
		return "", err
	}
	s := rotate.State{Base: base, Since: epoch(row.Now)}
	s.Next = p.Next(s.Since)
	if got := s.Next.Unix(); got != row.RolloverAt {
		return "", fmt.Errorf("rollover_at: got %d, want %d", got, row.RolloverAt)
	}
	layout := strings.NewReplacer("%Y", "2006", "%m", "01", "%d", "02", "%H", "15", "%M", "04", "%S", "05").Replace(row.Suffix)
	free := func(string) bool { return false }
	for i, link := range row.Chain {
		at := epoch(link.At)
		if p.Due(s, 1, s.Next.Add(-time.Second)) {
			return "", fmt.Errorf("link %d: due a second early", i)
		}
		if !p.Due(s, 1, at) {
			return "", fmt.Errorf("link %d: not due", i)
		}
		moves := p.Plan(s, at, free)
		if len(moves) != 1 || moves[0].From != base || moves[0].To != link.Name {
			return "", fmt.Errorf("link %d: got %v, want %s", i, moves, link.Name)
		}
		if _, err := time.Parse(layout, strings.TrimPrefix(moves[0].To, base+".")); err != nil {
			return "", fmt.Errorf("link %d: suffix: %w", i, err)
		}
		s.Since = at
		s.Next = p.Next(at)
		if got := s.Next.Unix(); got != link.Next {
			return "", fmt.Errorf("link %d: next: got %d, want %d", i, got, link.Next)
		}
	}
	return "", nil
}
