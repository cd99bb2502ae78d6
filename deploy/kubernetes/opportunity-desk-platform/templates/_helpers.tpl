{{- define "platform.contract" -}}
{{ .Files.Get "files/contract.json" }}
{{- end }}

{{- define "platform.labels" -}}
app.kubernetes.io/name: opportunity-desk-platform
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: opportunity-desk
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "opportunity-desk-platform-%s" .Chart.Version | replace "+" "_" }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "platform.ports" -}}
{{- range . }}
- {protocol: TCP, port: {{ . }}}
{{- end }}
{{- end }}

{{- /* A rule of egress: everybody may look up names. */}}
{{- define "platform.names" -}}
- ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end }}

{{- /* A rule of egress: to these peers, or anywhere, at these ports. */}}
{{- define "platform.egress" -}}
- ports:
    {{- include "platform.ports" .ports | nindent 4 }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "platform.podSecurity" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "platform.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
