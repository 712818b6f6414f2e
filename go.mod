module github.com/sluicelog/sluice

go 1.26.0

require (
	github.com/klauspost/compress v1.20.3
	github.com/wneessen/go-mail v0.8.1
	go.yaml.in/yaml/v3 v3.0.6
	golang.org/x/sys v0.47.0
	golang.org/x/text v0.43.0
)

require golang.org/x/crypto v0.54.0 // indirect
