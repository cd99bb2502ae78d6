{{- define "service.name" -}}
{{ .Values.nameOverride | default .Values.service }}
{{- end }}

{{- define "service.selector" -}}
app.kubernetes.io/name: {{ .Values.service }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "service.labels" -}}
{{ include "service.selector" . }}
app.kubernetes.io/part-of: opportunity-desk
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | trimSuffix "-" | quote }}
helm.sh/chart: {{ printf "opportunity-desk-service-%s" .Chart.Version | replace "+" "_" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "service.image" -}}
{{- $repository := .Values.image.repository | default (printf "opportunity-desk-%s" .Values.service) -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- /* A value as text. Helm reads numbers as floats, and would write 1073741824 as 1.073741824e+09. */}}
{{- define "service.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ printf "%.0f" . }}{{ else }}{{ toString . }}{{ end }}
{{- end }}

{{- define "service.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "service.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "service.environment" -}}
{{- $secrets := (index (.Files.Get "files/services.json" | fromJson) .Values.service).secrets }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ include "service.text" $value | quote }}
{{- end }}
{{- range $name, $from := .Values.secrets }}
{{- if and $.Values.secretsAsFiles (has $name $secrets) }}
- {name: {{ $name }}_FILE, value: /run/opportunity-desk/secrets/{{ $name }}}
{{- else }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef: {name: {{ $from.existingSecret }}, key: {{ $from.key }}}
{{- end }}
{{- end }}
{{- range $name, $from := .Values.files }}
- {name: {{ $name }}, value: /run/opportunity-desk/files/{{ $name }}}
{{- end }}
{{- with .Values.extraEnv }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end }}

{{- define "service.mounts" -}}
{{- if or .Values.secretsAsFiles .Values.files .Values.extraVolumeMounts }}
volumeMounts:
  {{- if .Values.secretsAsFiles }}
  - {name: secrets, mountPath: /run/opportunity-desk/secrets, readOnly: true}
  {{- end }}
  {{- if .Values.files }}
  - {name: files, mountPath: /run/opportunity-desk/files, readOnly: true}
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "service.volumes" -}}
{{- $secrets := (index (.Files.Get "files/services.json" | fromJson) .Values.service).secrets }}
{{- if or .Values.secretsAsFiles .Values.files .Values.extraVolumes }}
volumes:
  {{- if .Values.secretsAsFiles }}
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        {{- range $name, $from := .Values.secrets }}
        {{- if has $name $secrets }}
        - secret: {name: {{ $from.existingSecret }}, items: [{key: {{ $from.key }}, path: {{ $name }}}]}
        {{- end }}
        {{- end }}
  {{- end }}
  {{- if .Values.files }}
  - name: files
    projected:
      defaultMode: 0440
      sources:
        {{- range $name, $from := .Values.files }}
        {{- if $from.existingSecret }}
        - secret: {name: {{ $from.existingSecret }}, items: [{key: {{ $from.key }}, path: {{ $name }}}]}
        {{- else }}
        - configMap: {name: {{ $from.existingConfigMap }}, items: [{key: {{ $from.key }}, path: {{ $name }}}]}
        {{- end }}
        {{- end }}
  {{- end }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}
