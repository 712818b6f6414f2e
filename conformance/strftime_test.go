package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/internal/strftime"
)

// runStrftime formats the time as the formatter's asctime does. An empty datefmt is
// the default there, and goes to strftime itself.
func runStrftime(_ *testing.T, data []byte) (string, error) {
	var row struct {
		TZ        string
		Created   float64
		Converter string
		DateFmt   string
		Text      string
		Error     *struct{ Type, Message string }
	}
	if err := json.Unmarshal(data, &row); err != nil {
		return "", err
	}
	if row.Error != nil {
		return "", errors.New("a row with an error: no layout is one")
	}
	loc, err := time.LoadLocation(row.TZ)
	if err != nil {
		return "", err
	}
	at := time.Unix(int64(math.Floor(row.Created)), 0).In(loc)
	utc := row.Converter == "gmtime"
	got := string(strftime.Compile(row.DateFmt).Append(nil, at, utc))
	if row.DateFmt != "" {
		f, err := sluice.NewFormatter("%(asctime)s", &sluice.FormatterOptions{DateFmt: row.DateFmt, UTC: utc, Location: loc})
		if err != nil {
			return "", err
		}
		text, err := f.AppendRecord(nil, &sluice.Record{Time: at})
		if err != nil {
			return "", err
		}
		got = string(text)
	}
	if got != row.Text {
		return "", fmt.Errorf("%q: got %q, want %q", row.DateFmt, got, row.Text)
	}
	return "", nil
}
