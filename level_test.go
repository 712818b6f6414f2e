package sluice_test

import (
	"log/slog"
	"testing"

	"github.com/sluicelog/sluice"
)

func TestLevelOf(t *testing.T) {
	for _, c := range []struct {
		slog slog.Level
		want sluice.Level
		name string
	}{
		{slog.LevelDebug, sluice.Debug, "DEBUG"},
		{slog.LevelInfo, sluice.Info, "INFO"},
		{slog.LevelWarn, sluice.Warning, "WARNING"},
		{slog.LevelError, sluice.Error, "ERROR"},
		{12, sluice.Critical, "CRITICAL"},
		{-8, sluice.NotSet, "NOTSET"},
		{2, 25, "Level 25"},
		{1, 22, "Level 22"},
		{-1, 17, "Level 17"},
	} {
		got := sluice.LevelOf(c.slog)
		if got != c.want || got.String() != c.name {
			t.Errorf("LevelOf(%d) = %d %s, want %d %s", c.slog, got, got, c.want, c.name)
		}
	}
}

func TestEverySlogLevelSurvives(t *testing.T) {
	for l := slog.Level(-1000); l <= 1000; l++ {
		if got := sluice.LevelOf(l).Level(); got != l {
			t.Fatalf("LevelOf(%d).Level() = %d", l, got)
		}
	}
	// A Level between two of slog's becomes the next one above: a threshold must
	// not let through what is below it.
	for l := sluice.Level(-500); l <= 500; l++ {
		up := sluice.LevelOf(l.Level())
		if up < l || sluice.LevelOf(l.Level()-1) >= l {
			t.Fatalf("Level(%d).Level() = %d, which stands for %d", l, l.Level(), up)
		}
	}
}
