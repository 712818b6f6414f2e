package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/sluicelog/sluice"
)

type chainFilter struct {
	Kind, Name, Append, Value string
	Level                     sluice.Level
}

type filterChainRow struct {
	Logger             string
	Level              sluice.Level
	HandlerLevel       sluice.Level  `json:"handler_level"`
	LoggerFilters      []chainFilter `json:"logger_filters"`
	HandlerFilters     []chainFilter `json:"handler_filters"`
	RootHandlerFilters []chainFilter `json:"root_handler_filters"`
	HandlerOut         string        `json:"handler_out"`
	RootHandlerOut     string        `json:"root_handler_out"`
}

func runFilterChain(t *testing.T, row []byte) (string, error) {
	var r filterChainRow
	if err := json.Unmarshal(row, &r); err != nil {
		return "", err
	}
	var fromLogger, fromRoot bytes.Buffer
	handler, err := chainHandler(&fromLogger, r.HandlerLevel, r.HandlerFilters)
	if err != nil {
		return "", err
	}
	rootHandler, err := chainHandler(&fromRoot, sluice.NotSet, r.RootHandlerFilters)
	if err != nil {
		return "", err
	}
	filters, err := chainFilters(r.LoggerFilters)
	if err != nil {
		return "", err
	}
	loggers := sluice.NewLoggers(nil)
	loggers.Set("", sluice.LoggerOptions{Level: new(sluice.Debug), Handlers: []*sluice.Handler{rootHandler}})
	loggers.Set(r.Logger, sluice.LoggerOptions{Handlers: []*sluice.Handler{handler}, Filters: filters})
	// slog's scale is coarser than Python's: where it has no such level, the
	// record is made by hand.
	if level := r.Level.Level(); sluice.LevelOf(level) == r.Level {
		loggers.Logger(r.Logger).Log(t.Context(), level, "m")
	} else if h := loggers.Handler(r.Logger); h.Admits(r.Level) {
		if err := h.Emit(t.Context(), &sluice.Record{Name: r.Logger, Level: r.Level, Message: "m"}); err != nil {
			return "", err
		}
	}
	if got := fromLogger.String(); got != r.HandlerOut {
		return "", fmt.Errorf("the logger's handler wrote %q, want %q", got, r.HandlerOut)
	}
	// D17: what a handler's filter changes in place, CPython's later handlers see.
	if slices.ContainsFunc(r.HandlerFilters, func(f chainFilter) bool { return f.Kind == "mutate" }) {
		return "D17", nil
	}
	if got := fromRoot.String(); got != r.RootHandlerOut {
		return "", fmt.Errorf("the root's handler wrote %q, want %q", got, r.RootHandlerOut)
	}
	return "", nil
}

// chainHandler is a StreamHandler without a formatter.
func chainHandler(out *bytes.Buffer, level sluice.Level, kinds []chainFilter) (*sluice.Handler, error) {
	format, err := sluice.NewFormatter("", nil)
	if err != nil {
		return nil, err
	}
	filters, err := chainFilters(kinds)
	return sluice.NewHandler(sluice.NewStream(out, format), &sluice.HandlerOptions{Level: level, Filters: filters}), err
}

// chainFilters makes the filters that README-files.md names.
func chainFilters(kinds []chainFilter) ([]sluice.Filter, error) {
	var filters []sluice.Filter
	for _, f := range kinds {
		switch f.Kind {
		case "name":
			filters = append(filters, sluice.Under(f.Name))
		case "min_level":
			filters = append(filters, sluice.MinLevel(f.Level))
		case "mutate", "replace": // both are a clone here
			filters = append(filters, func(_ context.Context, r *sluice.Record) *sluice.Record {
				r = r.Clone()
				r.Message += f.Append
				return r
			})
		case "return":
			keep, known := map[string]bool{
				"true": true, "one": true, "text": true,
				"false": false, "none": false, "zero": false, "empty": false, "emptylist": false,
			}[f.Value]
			if !known {
				return nil, fmt.Errorf("a filter that returns %q is not known", f.Value)
			}
			filters = append(filters, func(_ context.Context, r *sluice.Record) *sluice.Record {
				if keep {
					return r
				}
				return nil
			})
		default:
			return nil, fmt.Errorf("a filter of kind %q is not known", f.Kind)
		}
	}
	return filters, nil
}
