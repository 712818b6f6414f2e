package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sluicelog/sluice/config"
)

// large is a configuration of 200 loggers and 50 handlers.
func large(dir string) []byte {
	var b strings.Builder
	b.WriteString("version: 1\nformatters: {f: {format: '%(asctime)s %(levelname)-8s %(name)s: %(message)s'}}\nhandlers:\n")
	for i := range 50 {
		fmt.Fprintf(&b, "  h%d: {class: logging.handlers.RotatingFileHandler, filename: %s/%d.log, maxBytes: 1000000, backupCount: 5, formatter: f}\n", i, dir, i)
	}
	b.WriteString("loggers:\n")
	for i := range 200 {
		fmt.Fprintf(&b, "  app.part%d.module%d: {level: INFO, handlers: [h%d]}\n", i%20, i, i%50)
	}
	return []byte(b.String())
}

func BenchmarkCheck(b *testing.B) {
	data := large(b.TempDir())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := config.Check("large.yaml", data, nil); err != nil {
			b.Fatal(err)
		}
	}
}
