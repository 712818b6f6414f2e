module github.com/sluicelog/sluice/faults

go 1.26.0

require (
	github.com/DeRuina/timberjack v1.4.9
	github.com/klauspost/compress v1.20.3
	github.com/sluicelog/sluice v0.0.0
	golang.org/x/sys v0.49.0
	gopkg.in/natefinch/lumberjack.v2 v2.2.1
)

require (
	github.com/wneessen/go-mail v0.8.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/crypto v0.54.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/sluicelog/sluice => ..
